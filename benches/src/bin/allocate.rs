//! Decodes one stream and counts the allocations of the second time.
//! `allocate DECODER FORM TOKENS CHUNKS` prints the bytes of the stream, and of
//! the decoding: allocations, bytes in all, bytes at most at a time, tokens.

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (decoder, stream, chunks) = chats_bench::subject(&arguments);
    // What is made once in a process does not count.
    std::hint::black_box(decoder.decode(chunks.cut(&stream)));
    let chunks = chunks.cut(&stream);
    let mut tokens = 0;
    let allocated = allocation_counter::measure(|| tokens = decoder.decode(chunks).tokens);
    println!(
        "{} {} {} {} {tokens}",
        stream.len(),
        allocated.count_total,
        allocated.bytes_total,
        allocated.bytes_max,
    );
}
