//! The API server's clock: serving certificates are judged by it and by no other, so it says when they are due.
//!
//! A replica whose own clock is wrong makes no certificate that API servers do not take.
//! Source of truth: <https://www.rfc-editor.org/rfc/rfc9110#field.date>.

use std::time::SystemTime;

use hyper::{HeaderMap, header::DATE, http::Request};
use k8s_openapi::jiff::fmt::rfc2822;
use kube::{Client, client::Body};

/// The time as the API server has it, to a second; ours where it does not say.
pub(super) async fn now(client: &Client) -> kube::Result<SystemTime> {
    let request = Request::get("/version").body(Body::empty());
    let answer = client
        .send(request.map_err(kube::Error::HttpError)?)
        .await?;
    Ok(told(answer.headers()).unwrap_or_else(SystemTime::now))
}

fn told(headers: &HeaderMap) -> Option<SystemTime> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let time = rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(time.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_date_of_an_answer_is_read() {
        for (date, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Fri, 15 Jan 2027 08:00:00 GMT", Some(1_800_000_000)),
            ("yesterday", None),
        ] {
            let mut headers = HeaderMap::new();
            assert_eq!(told(&headers), None);
            headers.insert(DATE, date.parse().unwrap());
            let expected = expected.map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
            assert_eq!(told(&headers), expected, "{date}");
        }
    }
}
