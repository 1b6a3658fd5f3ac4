//! The W3C trace context that a request carries, so that the service's spans join the
//! trace of the caller.

use http::{HeaderMap, HeaderName};

use super::headers::insert_text;

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The two headers; a missing one is not sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TraceContext {
    parent: Option<String>,
    state: Option<String>,
}

impl TraceContext {
    /// A span of a call's own trace, which is always sampled.
    pub(super) fn of_call(trace_id: &str) -> Self {
        let span_id = fastrand::u64(1..);
        Self {
            parent: Some(format!("00-{trace_id}-{span_id:016x}-01")),
            state: None,
        }
    }

    /// The span of OpenTelemetry that is active on this thread, if there is one.
    #[cfg(feature = "opentelemetry")]
    pub(super) fn of_opentelemetry() -> Option<Self> {
        use opentelemetry::trace::TraceContextExt;

        let context = opentelemetry::Context::current();
        let span = context.span();
        let span = span.span_context();
        let state = span.trace_state().header();
        span.is_valid().then(|| Self {
            parent: Some(format!(
                "00-{}-{}-{:02x}",
                span.trace_id(),
                span.span_id(),
                span.trace_flags()
            )),
            state: (!state.is_empty()).then_some(state),
        })
    }

    pub(super) fn put_on(self, headers: &mut HeaderMap) {
        if let Some(parent) = self.parent {
            insert_text(headers, TRACEPARENT, &parent);
        }
        if let Some(state) = self.state {
            insert_text(headers, TRACESTATE, &state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calls_own_trace_has_a_new_span_each_time() {
        let trace_id = "0af7651916cd43dd8448eb211c80319c";
        let parents = [(); 2].map(|()| TraceContext::of_call(trace_id).parent.unwrap());
        assert_ne!(parents[0], parents[1]);
        for parent in parents {
            let parts: Vec<_> = parent.split('-').collect();
            assert_eq!((parts[0], parts[1], parts[3]), ("00", trace_id, "01"));
            assert_eq!(parts[2].len(), 16);
        }
    }

    #[cfg(feature = "opentelemetry")]
    #[test]
    fn the_active_span_is_passed_on() {
        use opentelemetry::Context;
        use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

        assert_eq!(TraceContext::of_opentelemetry(), None);
        let span = SpanContext::new(
            0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c.into(),
            0x00f0_67aa_0ba9_02b7.into(),
            TraceFlags::SAMPLED,
            false,
            TraceState::from_key_value([("vendor", "7")]).unwrap(),
        );
        let _active = Context::new().with_remote_span_context(span).attach();
        let mut headers = HeaderMap::new();
        let context = TraceContext::of_opentelemetry().unwrap();
        context.put_on(&mut headers);
        assert_eq!(
            headers["traceparent"],
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
        );
        assert_eq!(headers["tracestate"], "vendor=7");
    }
}
