//! Makes a sample that shows a difference as small as it can.

use serde_json::Value as Json;

use crate::generate::Sample;

/// The smallest sample found that still `differs`.
pub(crate) fn shrink(mut sample: Sample, mut differs: impl FnMut(&Sample) -> bool) -> Sample {
    let mut tries = 4000;
    loop {
        let mut smaller = Vec::new();
        if let Some(data) = smallest_data(&sample) {
            smaller.push(data);
        }
        smaller.extend(smaller_templates(&sample));
        smaller.extend(smaller_data(&sample.data).into_iter().map(|data| Sample {
            data,
            ..sample.clone()
        }));
        let next = smaller.into_iter().find(|candidate| {
            tries -= 1;
            tries > 0 && differs(candidate)
        });
        match next {
            Some(next) => sample = next,
            None => return sample,
        }
    }
}

fn smallest_data(sample: &Sample) -> Option<Sample> {
    (!sample.data.is_null()).then(|| Sample {
        data: Json::Null,
        ..sample.clone()
    })
}

/// The template without a run of its tokens, longer runs first.
fn smaller_templates(sample: &Sample) -> Vec<Sample> {
    let tokens = tokens(&sample.template);
    let mut smaller = Vec::new();
    let mut run = tokens.len() / 2;
    while run > 0 {
        for start in (0..tokens.len()).step_by(run.div_ceil(2)) {
            let end = (start + run).min(tokens.len());
            smaller.push(Sample {
                template: [&tokens[..start], &tokens[end..]].concat().concat(),
                ..sample.clone()
            });
        }
        run /= 2;
    }
    smaller
}

/// Words, spaces, braces and other characters.
fn tokens(template: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if rest.starts_with("{{") || rest.starts_with("}}") {
            2
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// The data with one thing in it left out or made simpler.
fn smaller_data(data: &Json) -> Vec<Json> {
    match data {
        Json::Array(items) => {
            let without = (0..items.len()).map(|i| {
                let kept = items.iter().enumerate().filter(|(at, _)| *at != i);
                kept.map(|(_, item)| item.clone()).collect()
            });
            let inside = items.iter().enumerate().flat_map(|(i, item)| {
                smaller_data(item).into_iter().map(move |smaller| {
                    let mut items = items.clone();
                    items[i] = smaller;
                    Json::Array(items)
                })
            });
            without.chain(inside).collect()
        }
        Json::Object(pairs) => {
            let without = pairs.keys().map(|key| {
                let mut pairs = pairs.clone();
                pairs.remove(key);
                Json::Object(pairs)
            });
            let inside = pairs.iter().flat_map(|(key, item)| {
                smaller_data(item).into_iter().map(move |smaller| {
                    let mut pairs = pairs.clone();
                    pairs[key] = smaller;
                    Json::Object(pairs)
                })
            });
            without.chain(inside).collect()
        }
        _ => Vec::new(),
    }
}
