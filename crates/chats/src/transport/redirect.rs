//! Follows redirects by rules of our own: the key is sent only to the configured origin,
//! https never falls back to plain http, and no redirect changes what a message asks for.

use http::header::LOCATION;
use http::{HeaderMap, Method};
use reqwest::{Response, Url};

use super::failure::Failure;
use super::refusal;
use super::template::Template;
use super::watched_body::BodyWatch;
use crate::client::settings::is_loopback;

const MAX_REDIRECTS: u32 = 10;

/// To whom a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recipient {
    /// The configured origin.
    Service,
    /// Another origin, to which the service redirected.
    Stranger,
}

/// Sends a request and follows redirects, as far as that is safe. `headers` makes the
/// headers of each request; `watch` tells whether a connection took the body.
pub(super) async fn send(
    http: &reqwest::Client,
    template: &Template,
    watch: Option<&BodyWatch>,
    mut headers: impl FnMut(Recipient) -> HeaderMap,
) -> Result<Response, Failure> {
    let service = template.url();
    let mut led: Option<Url> = None;
    let mut status = 0;
    for _ in 0..=MAX_REDIRECTS {
        let to = match &led {
            Some(target) if target.origin() != service.origin() => Recipient::Stranger,
            _ => Recipient::Service,
        };
        let target = led.as_ref().unwrap_or(service);
        let response = refusal::execute(http, || template.request(target, headers(to), watch))
            .await
            .map_err(|failure| failure.led_to(led.as_ref()))?;
        status = response.status().as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return Ok(response);
        }
        let read = template.method() == Method::GET;
        led = Some(next(
            service,
            response.url(),
            read,
            status,
            response.headers(),
        )?);
    }
    let message = format!("the service redirected more than {MAX_REDIRECTS} times");
    Err(Failure::redirected(status, message, false))
}

/// Where a redirect leads, if it may be followed.
fn next(
    configured: &Url,
    from: &Url,
    read: bool,
    status: u16,
    headers: &HeaderMap,
) -> Result<Url, Failure> {
    // 307 and 308 mean that the service has not acted; with others, it may have.
    let unchanged = matches!(status, 307 | 308);
    let taken = !read && !unchanged;
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(target) = location.and_then(|location| from.join(location).ok()) else {
        let message = "the service redirected without saying where to".to_owned();
        return Err(Failure::redirected(status, message, taken));
    };
    let home = target.origin() == configured.origin();
    let http_is_fine = configured.scheme() == "http" && (home || is_loopback(&target));
    let problem = if !read && !unchanged {
        "; following it would turn the request into a read"
    } else if target.scheme() != "https" && !(target.scheme() == "http" && http_is_fine) {
        ", which is not https"
    } else if target.scheme() == "https" && configured.scheme() == "http" {
        // A client for plain http has not read the certificates of the authorities.
        ", which is https, while base_url is plain http"
    } else if !read && !home {
        ", which is a different service"
    } else {
        return Ok(target);
    };
    let origin = target.origin().ascii_serialization();
    let message = format!("the service redirected to {origin}{problem}");
    Err(Failure::redirected(status, message, taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::failure::Delivery;
    use http::HeaderValue;

    fn led(from: &str, to: &str, read: bool, status: u16) -> Result<String, Failure> {
        let from = Url::parse(from).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_str(to).unwrap());
        next(&from, &from, read, status, &headers).map(Into::into)
    }

    #[test]
    fn reads_are_led_anywhere_safe() {
        let from = "https://api.example/v2/a";
        assert_eq!(
            led(from, "b", true, 302).unwrap(),
            "https://api.example/v2/b"
        );
        assert!(led(from, "https://files.example/x", true, 302).is_ok());
        assert!(led(from, "http://api.example/x", true, 302).is_err());
        assert!(led(from, "http://localhost/x", true, 302).is_err());
        assert!(led("http://localhost:1/a", "http://127.0.0.1:2/", true, 302).is_ok());
        assert!(led(from, "file:///etc/passwd", true, 302).is_err());
        let allowed = "http://chats-server:8080/a";
        assert!(led(allowed, "/b", false, 307).is_ok());
        assert!(led(allowed, "https://chats-server/b", true, 308).is_err());
        assert!(led(allowed, "http://chats-server:8081/b", true, 302).is_err());
    }

    #[test]
    fn a_message_is_led_on_only_unchanged_and_within_the_service() {
        let from = "https://api.example/v2/a";
        assert!(led(from, "/v2/b", false, 307).is_ok());
        assert!(led(from, "/v2/b", false, 302).is_err());
        let away = led(from, "https://other.example/b", false, 308).unwrap_err();
        assert_eq!(away.delivery, Delivery::NotTaken, "a 308 was not acted on");
        let lost = led(from, "/v2/b", false, 303).unwrap_err();
        assert_eq!(
            lost.delivery,
            Delivery::Unknown,
            "a 303 may answer what was done"
        );
    }
}
