//! Batches of user certificates.

use super::request::UserCertificateRequest;
use super::template::UserCertificateTemplate;
use crate::certificate::checked::CheckedTbs;
use crate::error::Result;

/// What can be signed, for a whole batch. If one request is refused, none is returned.
///
/// # Errors
/// As [`UserCertificateTemplate::build`], with the request's place in the batch.
pub fn build_batch(
    template: &UserCertificateTemplate,
    requests: &[&UserCertificateRequest],
) -> Result<Vec<CheckedTbs>> {
    requests
        .iter()
        .enumerate()
        .map(|(place, request)| {
            template
                .build(request)
                .map_err(|error| error.in_request(place))
        })
        .collect()
}
