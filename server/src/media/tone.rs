//! A sine tone in G.711 µ-law, in frames of 20 ms.

use std::f64::consts::TAU;

/// Samples in one frame: 20 ms at 8 kHz, the default of RFC 3551 section 4.2.
pub(super) const FRAME: usize = 160;

const RATE: f64 = 8000.0;

/// About -10 dBm0: clearly audible, far from clipping.
const AMPLITUDE: f64 = 8000.0;

/// A tone that goes on from frame to frame without a click.
pub(super) struct Tone {
    phase: f64,
    step: f64,
}

impl Tone {
    /// A tone of `hertz`.
    pub(super) fn new(hertz: u16) -> Self {
        Self { phase: 0.0, step: TAU * f64::from(hertz) / RATE }
    }

    /// The next 20 ms.
    pub(super) fn frame(&mut self) -> [u8; FRAME] {
        let mut frame = [0; FRAME];
        for octet in &mut frame {
            #[expect(clippy::cast_possible_truncation, reason = "the amplitude is within i16")]
            let sample = (self.phase.sin() * AMPLITUDE) as i16;
            *octet = mu_law(sample);
            self.phase = (self.phase + self.step) % TAU;
        }
        frame
    }
}

/// ITU-T G.711 µ-law: sign, three bits of segment, four of mantissa, all inverted.
fn mu_law(sample: i16) -> u8 {
    const BIAS: u16 = 0x84;
    const CLIP: u16 = 32_635;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.unsigned_abs().min(CLIP) + BIAS;
    // The highest set bit is one of 7..=14, for BIAS sets bit 7.
    let segment = 8 - magnitude.leading_zeros();
    #[expect(clippy::cast_possible_truncation, reason = "three bits and four bits")]
    let code = ((segment << 4) as u8) | ((magnitude >> (segment + 3)) & 0x0f) as u8;
    !(sign | code)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Values of the tables of G.711: silence, the smallest steps, both ends.
    #[test]
    fn encodes_like_the_tables() {
        assert_eq!(mu_law(0), 0xff);
        assert_eq!(mu_law(8), 0xfe);
        assert_eq!(mu_law(-8), 0x7e);
        assert_eq!(mu_law(i16::MAX), 0x80);
        assert_eq!(mu_law(i16::MIN), 0x00);
    }

    #[test]
    fn a_tone_has_its_frequency() {
        // 400 Hz at 8 kHz: the samples repeat after 20, from one frame into the next.
        let mut tone = Tone::new(400);
        let samples = [tone.frame(), tone.frame()].concat();
        let alike = samples.iter().zip(samples.iter().skip(20)).filter(|(a, b)| a.abs_diff(**b) <= 1).count();
        assert!(alike > 290, "only {alike} of 300 samples repeat");
        assert!(samples.iter().any(|octet| *octet & 0x7f < 0x30), "it is loud");
    }
}
