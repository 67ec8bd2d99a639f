//! The order in which Java's `HashMap` answers its keys, which is the order of an object's members
//! that `json_object` made.

/// The places of `keys`, all different, in that order.
pub(super) fn order(keys: &[&str]) -> Vec<usize> {
    let mut buckets = 16;
    // It grows when it is filled to three quarters.
    while keys.len() > buckets / 4 * 3 {
        buckets *= 2;
    }
    let mask = u32::try_from(buckets - 1).unwrap_or(u32::MAX);
    let mut places: Vec<usize> = (0..keys.len()).collect();
    places.sort_by_key(|place| spread(hash(keys[*place])) & mask);
    places
}

/// Java's `String.hashCode`.
fn hash(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| {
        hash.wrapping_mul(31).wrapping_add(u32::from(unit))
    })
}

fn spread(hash: u32) -> u32 {
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_the_order_of_their_buckets() {
        assert_eq!(hash("key_1"), 101_944_913);
        assert_eq!(order(&["key_1", "key_2"]), [1, 0]);
        assert_eq!(order(&["key1", "key2"]), [0, 1]);
        assert_eq!(order(&["z", "y", "x"]), [2, 1, 0]);
    }
}
