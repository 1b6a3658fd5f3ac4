//! Decodes one stream, for callgrind to count the instructions of a third
//! time. `decode DECODER FORM TOKENS CHUNKS`.

use chats_bench::decoders::Decoder;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (decoder, stream, chunks) = chats_bench::subject(&arguments);
    // What is made once in a process does not count, nor what chats looks at in
    // the first and the second stream alone.
    for _ in 0..2 {
        std::hint::black_box(decoder.decode(chunks.cut(&stream)));
    }
    let chunks = chunks.cut(&stream);
    println!("{}", counted(decoder, chunks));
}

/// The only function that is counted.
#[inline(never)]
fn counted(decoder: Decoder, chunks: Vec<bytes::Bytes>) -> usize {
    decoder.decode(chunks).tokens
}
