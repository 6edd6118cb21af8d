//! The refusal that says most.

use crate::certificate::Certificate;
use crate::verdict::Refusal;

/// The refused path that came closest: judged from the anchor down, the one with the fewest
/// certificates left when it was refused; of those, one of which somebody above signed what is refused
/// before one that anybody may have made, and the first, because the likeliest come first.
#[derive(Default)]
pub(super) struct Closest(Option<Refused>);

struct Refused {
    anchor: Certificate,
    path: Vec<Certificate>,
    refusal: Refusal,
    left: usize,
    forged: bool,
}

impl Closest {
    pub(super) fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// Whether there is one, and anybody may have made it.
    pub(super) fn is_forged(&self) -> bool {
        self.0.as_ref().is_some_and(|best| best.forged)
    }

    /// Takes note of a path that was refused at this place; `forged`: nobody above signed what stands
    /// there.
    pub(super) fn consider(
        &mut self,
        anchor: &Certificate,
        path: Vec<Certificate>,
        refusal: Refusal,
        at: usize,
        forged: bool,
    ) {
        let left = path.len() - at;
        let is_closer = |best: &Refused| (left, forged) < (best.left, best.forged);
        if self.0.as_ref().is_none_or(is_closer) {
            self.0 = Some(Refused {
                anchor: anchor.clone(),
                path,
                refusal,
                left,
                forged,
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
