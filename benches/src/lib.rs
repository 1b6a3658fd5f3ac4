//! What the benchmarks share: the streams, the decoders and the clients that are
//! compared, and the server that they speak to.

pub mod calls;
pub mod clients;
pub mod decoders;
pub mod idle;
pub mod input;
pub mod server;

use decoders::Decoder;
use input::{Chunks, Form};

/// The decoder, the stream and its chunks that a command line names:
/// `DECODER FORM TOKENS CHUNKS`.
pub fn subject(arguments: &[String]) -> (Decoder, Vec<u8>, Chunks) {
    let [decoder, form, tokens, chunks] = arguments else {
        panic!("expected DECODER FORM TOKENS CHUNKS, got {arguments:?}");
    };
    let decoder = Decoder::named(decoder).expect("a decoder");
    let form = Form::named(form).expect("a form");
    let tokens = tokens.parse().expect("a number of tokens");
    let chunks = Chunks::named(chunks).expect("a number of bytes, or `event`");
    (decoder, input::answer(tokens, form), chunks)
}
