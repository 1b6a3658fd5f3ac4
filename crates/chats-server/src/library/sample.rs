//! The sample library: drawings and texts made for this project, part of the
//! program so that it can be embedded anywhere. `sample/draw.py` draws them.

use jiff::Timestamp;

/// When every file of the sample counts as changed: 2025-01-01.
pub(super) const DATED: Timestamp = Timestamp::constant(1_735_689_600, 0);

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../sample/", $path)).as_slice())),*]
    };
}

/// Every file of the sample, by its path.
pub(super) const FILES: &[(&str, &[u8])] = files![
    "animals/cat-01-black.png",
    "animals/cat-01-black.txt",
    "animals/cat-02-ginger.jpg",
    "animals/cat-02-ginger.txt",
    "animals/cat-03-sleeping.png",
    "documents/inspection-guide.md",
    "documents/northern-line-report.txt",
    "documents/safety-notes.txt",
    "equipment/transformer-01-rusty.png",
    "equipment/transformer-01-rusty.txt",
    "equipment/transformer-02-new.txt",
    "equipment/transformer-02-new.webp",
    "insulators/insulator-01-cracked.png",
    "insulators/insulator-01-cracked.txt",
    "insulators/insulator-02-flashover.jpg",
    "insulators/insulator-02-flashover.txt",
    "insulators/insulator-03-intact.png",
    "insulators/insulator-03-intact.txt",
    "landscape/sunset-01-hills.jpg",
    "landscape/sunset-01-hills.txt",
    "landscape/sunset-02-sea.png",
    "landscape/sunset-02-sea.txt",
    "poles/pole-01-damaged-top.png",
    "poles/pole-01-damaged-top.txt",
    "poles/pole-02-split.png",
    "poles/pole-02-split.txt",
    "poles/pole-03-broken.jpg",
    "poles/pole-03-broken.txt",
    "poles/pole-04-leaning.png",
    "poles/pole-04-leaning.txt",
    "poles/pole-05-broken-crossarm.png",
    "poles/pole-05-broken-crossarm.txt",
    "poles/pole-06-burnt.jpg",
    "poles/pole-06-burnt.txt",
    "poles/pole-07-rotten-foot.png",
    "poles/pole-07-rotten-foot.txt",
    "poles/pole-08-healthy.png",
    "poles/pole-08-healthy.txt",
    "poles/pole-09-healthy-row.png",
    "poles/pole-09-healthy-row.txt",
    "poles/pole-10-birds.gif",
    "poles/pole-10-birds.txt",
    "poles/pole-11-nest.png",
    "poles/pole-11-nest.txt",
    "vegetation/vegetation-01-overgrown-pole.png",
    "vegetation/vegetation-01-overgrown-pole.txt",
    "vegetation/vegetation-02-branch-on-line.jpg",
    "vegetation/vegetation-02-branch-on-line.txt",
    "vegetation/vegetation-03-meadow.png",
    "vegetation/vegetation-03-meadow.txt",
];
