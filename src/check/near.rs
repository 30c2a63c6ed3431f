//! What an unknown name may have been meant to be.

/// The known name most like a given one, if any is like it.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let bound = name.chars().count() / 4 + 1;
    let known = known.into_iter().map(|known| {
        let distance = strsim::osa_distance(&known.to_lowercase(), &name.to_lowercase());
        (distance, known)
    });
    let near = known.filter(|(distance, _)| *distance <= bound);
    near.min().map(|(_, known)| known)
}
