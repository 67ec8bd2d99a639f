//! The fields of an upload form. S3 API reference, "HTML Form Declaration".

use bytes::Bytes;
use futures::stream::Stream;

use super::error::PostError;
use super::form_data::FormData;

/// How many bytes the fields before the file may have. S3 API reference, "Error responses":
/// `MaxPostPreDataLengthExceededError`.
const MOST_BYTES: usize = 20 * 1024;

/// What is never a field of a form: the bucket is in the address.
const BUCKET: &str = "bucket";

/// A form, read up to the file in it.
#[derive(Debug)]
pub(super) struct UploadForm {
    /// Names in lower case, in the order they came.
    fields: Vec<(String, String)>,
    /// What the file is read from.
    pub(super) file: FormData,
}

impl UploadForm {
    /// Reads the fields before the file. What comes behind the file is not looked at.
    ///
    /// # Errors
    /// [`PostError`].
    pub(super) async fn read<E>(
        body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        content_type: &str,
        bucket: &str,
    ) -> Result<Self, PostError> {
        let mut data = FormData::new(body, content_type)?;
        let mut fields = vec![(BUCKET.to_owned(), bucket.to_owned())];
        let mut bytes = 0;
        while let Some(part) = data.next_part().await? {
            let name = part.name.to_lowercase();
            if name == "file" {
                let filename = part.filename.unwrap_or_default();
                // Some browsers send the whole path.
                let filename = filename.rsplit(['/', '\\']).next().unwrap_or_default();
                for (_, value) in &mut fields {
                    *value = value.replace("${filename}", filename);
                }
                return Ok(Self { fields, file: data });
            }
            let mut value = Vec::new();
            while let Some(piece) = data.chunk().await? {
                bytes += piece.len();
                if bytes > MOST_BYTES {
                    return Err(PostError::FieldsTooLarge);
                }
                value.extend_from_slice(&piece);
            }
            let value = String::from_utf8(value).map_err(|_| PostError::Malformed)?;
            if name != BUCKET {
                add(&mut fields, name, value);
            }
        }
        Err(PostError::NoFile)
    }

    /// The value of a field, by its name in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every field with its value, the bucket among them.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The key to upload to.
    ///
    /// # Errors
    /// [`PostError::NoField`].
    pub(super) fn key(&self) -> Result<&str, PostError> {
        self.get("key")
            .filter(|key| !key.is_empty())
            .ok_or(PostError::NoField("key"))
    }
}

/// Values of the same name go together.
fn add(fields: &mut Vec<(String, String)>, name: String, value: String) {
    match fields.iter_mut().find(|(found, _)| *found == name) {
        Some((_, values)) => {
            values.push(',');
            values.push_str(&value);
        }
        None => fields.push((name, value)),
    }
}
