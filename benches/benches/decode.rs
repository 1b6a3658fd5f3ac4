//! The time to decode a stream, the decoders side by side.

use chats_bench::decoders::Decoder;
use chats_bench::input::{Chunks, Form, answer};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn decode(criterion: &mut Criterion) {
    for (form, tokens) in [
        (Form::Plain, 50),
        (Form::Plain, 500),
        (Form::Plain, 10_000),
        (Form::AnyOrder, 500),
        (Form::Accumulated, 500),
        (Form::Accumulated, 2_000),
    ] {
        let stream = answer(tokens, form);
        let mut group = criterion.benchmark_group(format!("{}-{tokens}", form.name()));
        group.throughput(Throughput::Bytes(stream.len() as u64));
        group.sample_size(20);
        for decoder in Decoder::ALL {
            group.bench_function(BenchmarkId::from_parameter(decoder.name()), |bencher| {
                bencher.iter_batched(
                    || Chunks::Bytes(1460).cut(&stream),
                    |chunks| decoder.decode(chunks),
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

criterion_group!(benches, decode);
criterion_main!(benches);
