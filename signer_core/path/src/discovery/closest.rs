//! The refusal that says most.

use crate::certificate::Certificate;
use crate::verdict::Refusal;

/// The refused path that came closest: judged from the anchor down, the one with the fewest
/// certificates left when it was refused; of those, the first, because the likeliest come first.
#[derive(Default)]
pub(super) struct Closest(Option<Refused>);

struct Refused {
    anchor: Certificate,
    path: Vec<Certificate>,
    refusal: Refusal,
    left: usize,
}

impl Closest {
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Takes note of a path that was refused at this place.
    pub(super) fn consider(
        &mut self,
        anchor: &Certificate,
        path: Vec<Certificate>,
        refusal: Refusal,
        at: usize,
    ) {
        let left = path.len() - at;
        if self.0.as_ref().is_none_or(|best| left < best.left) {
            self.0 = Some(Refused {
                anchor: anchor.clone(),
                path,
                refusal,
                left,
            });
        }
    }

    pub(super) fn into_parts(self) -> (Option<Certificate>, Vec<Certificate>, Option<Refusal>) {
        match self.0 {
            Some(refused) => (Some(refused.anchor), refused.path, Some(refused.refusal)),
            None => (None, Vec::new(), None),
        }
    }
}
