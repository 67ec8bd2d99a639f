//! The catalog's encryption settings: kept for those who ask. What the catalog says of tables lies in
//! the metadata store as it is.

use lakebed_core::Documents;
use lakebed_wire::glue::{
    CatalogEncryptionMode, ConnectionPasswordEncryption, DataCatalogEncryptionSettings,
    EncryptionAtRest,
};

use crate::{Catalog, Error};

const SETTINGS: Documents<DataCatalogEncryptionSettings> =
    Documents::of("glue.catalog_encryption_settings");

impl Catalog {
    /// The settings, disabled where nothing was set.
    pub(crate) fn encryption_settings(&self) -> Result<DataCatalogEncryptionSettings, Error> {
        let settings = self
            .platform
            .store
            .read(|store| SETTINGS.get(store, "", ""))?;
        let settings = settings.unwrap_or_default();
        Ok(DataCatalogEncryptionSettings {
            encryption_at_rest: settings.encryption_at_rest.or(Some(EncryptionAtRest {
                catalog_encryption_mode: CatalogEncryptionMode::Disabled,
                sse_aws_kms_key_id: None,
                catalog_encryption_service_role: None,
            })),
            connection_password_encryption: settings.connection_password_encryption.or(Some(
                ConnectionPasswordEncryption {
                    return_connection_password_encrypted: false,
                    aws_kms_key_id: None,
                },
            )),
        })
    }

    /// # Errors
    /// [`Error::InvalidInput`] for passwords encrypted without a key, or a service role that is
    /// not named.
    pub(crate) fn put_encryption_settings(
        &self,
        settings: &DataCatalogEncryptionSettings,
    ) -> Result<(), Error> {
        if let Some(passwords) = &settings.connection_password_encryption
            && passwords.return_connection_password_encrypted
            && passwords.aws_kms_key_id.is_none()
        {
            return Err(Error::InvalidInput(
                "AwsKmsKeyId is required when ReturnConnectionPasswordEncrypted is true."
                    .to_owned(),
            ));
        }
        if let Some(at_rest) = &settings.encryption_at_rest
            && at_rest.catalog_encryption_mode == CatalogEncryptionMode::SseKmsWithServiceRole
            && at_rest.catalog_encryption_service_role.is_none()
        {
            return Err(Error::InvalidInput(
                "CatalogEncryptionServiceRole is required for the mode SSE-KMS-WITH-SERVICE-ROLE."
                    .to_owned(),
            ));
        }
        self.platform
            .store
            .write(|tx| Ok(SETTINGS.put(tx, "", "", settings)?))
    }
}
