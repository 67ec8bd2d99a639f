//! `contains(network, address) -> boolean`: whether a network in CIDR notation has an address. Trino
//! manual, "IP address functions".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("contains('10.0.0.0/8', IPADDRESS '10.255.255.255')"), "true");
//! assert_eq!(evaluate("contains('2001:db8::/64', IPADDRESS '2001:db8:0:1::')"), "false");
//! assert_eq!(
//!     evaluate("contains('10.0.0.0', IPADDRESS '10.0.0.1')"),
//!     "INVALID_FUNCTION_ARGUMENT: Invalid CIDR"
//! );
//! ```

use std::net::IpAddr;

use datafusion::common::Result;

use crate::error::TrinoError;
use crate::functions::compiled::Compiled;
use crate::functions::scalar::Kind::{self, Boolean, Varchar};
use crate::functions::scalar::Scalar;
use crate::types::IpAddress;

/// Adds the overload to `contains`.
pub(in crate::functions) fn overload(contains: Scalar) -> Scalar {
    contains.overload([Varchar, Kind::IpAddress], Boolean, |call| {
        let mut networks = Compiled::with(Network::parse);
        call.try_map2(|network, address: IpAddress| {
            networks.get(network)?.contains(address).map(Some)
        })
    })
}

/// The addresses that begin with the same bits.
#[derive(Debug)]
struct Network {
    first: u128,
    /// The bits that differ.
    hosts: u128,
    is_v4: bool,
}

impl Network {
    fn parse(cidr: &str) -> Result<Self> {
        let (address, prefix) = cidr
            .split_once('/')
            .ok_or_else(|| TrinoError::invalid_argument("Invalid CIDR"))?;
        let address: IpAddr = address
            .parse()
            .map_err(|_| TrinoError::invalid_argument("Invalid network IP address"))?;
        // Addresses of IPv4 as IPv6 maps them are IPv4's.
        let address = address.to_canonical();
        let (bits, is_v4) = match address {
            IpAddr::V4(v4) => (v4.to_ipv6_mapped().to_bits(), true),
            IpAddr::V6(v6) => (v6.to_bits(), false),
        };
        let width = if is_v4 { 32 } else { 128 };
        let prefix: u32 = prefix
            .parse()
            .map_err(|_| TrinoError::invalid_argument("Invalid prefix length"))?;
        if prefix > width {
            return Err(TrinoError::invalid_argument(
                "Prefix length exceeds address length",
            ));
        }
        let hosts = match width - prefix {
            128 => u128::MAX,
            bits => (1 << bits) - 1,
        };
        if is_v4 && bits & hosts != 0 {
            return Err(TrinoError::invalid_argument("Invalid CIDR"));
        }
        Ok(Self {
            first: bits & !hosts,
            hosts,
            is_v4,
        })
    }

    fn contains(&self, IpAddress(bytes): IpAddress) -> Result<bool> {
        let bits = u128::from_be_bytes(bytes);
        if self.is_v4 != (bits >> 32 == 0xFFFF) {
            return Err(TrinoError::invalid_argument(
                "IP address version should be the same",
            ));
        }
        Ok(bits & !self.hosts == self.first)
    }
}
