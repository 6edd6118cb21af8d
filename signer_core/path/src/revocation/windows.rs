//! The time evidence is of.

/// Whether what was said from `this_update` until before `next_update` was said at `at`. Without a
/// nextUpdate there is no telling until when (RFC 5280 5.1.2.5 requires it of lists).
pub(super) fn covers(this_update: i64, next_update: Option<i64>, at: i64) -> bool {
    this_update <= at && next_update.is_some_and(|next| at < next)
}
