//! The one timer, set to the earliest deadline of the core.
//!
//! It is left alone while it would fire too early: a deadline moves with almost every
//! message, and a needless wake-up in half a minute is cheaper than a timer per message.

use crate::time::{Duration, Instant};
use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

/// The longest wait in one piece: the timer stands still while the machine sleeps, so a
/// deadline that passed under a closed lid is noticed within this time of its opening.
const LONGEST: Duration = Duration::from_secs(60);
/// A timer this late is one that a hidden tab or a busy page has held back.
const LATE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct Alarm {
    timer: Option<(Instant, Timeout)>,
    hop: Option<Hop>,
}

impl Alarm {
    /// Sees to it that `ring` is called at the deadline, or earlier; never, when there is none.
    pub(super) fn set(&mut self, now: Instant, deadline: Option<Instant>, ring: impl FnOnce() + 'static) {
        let Some(deadline) = deadline else {
            self.stop();
            return;
        };
        if self.timer.as_ref().is_some_and(|(due, _)| *due <= deadline) || self.hop.is_some() {
            return;
        }
        let wait = deadline.since(now).as_millis().min(LONGEST.as_millis());
        let due = now + Duration::from_millis(wait);
        let wait = u32::try_from(wait).unwrap_or(u32::MAX);
        self.timer = Some((due, Timeout::new(wait, ring)));
    }

    /// The timer has rung. True when that was in time. Otherwise frames may be waiting
    /// behind it that arrived before the deadline: they are let in first, and `again` is
    /// called after them.
    pub(super) fn rang(&mut self, now: Instant, again: impl FnMut() + 'static) -> bool {
        let late = self.timer.take().is_some_and(|(due, _)| now.since(due) > LATE);
        if late {
            self.hop = Hop::new(again);
        }
        self.hop.is_none()
    }

    /// The frames that waited have been let in.
    pub(super) fn hopped(&mut self) {
        self.hop = None;
    }

    /// Nothing rings any more.
    pub(super) fn stop(&mut self) {
        self.timer = None;
        self.hop = None;
    }
}

/// Once round the event loop, behind the tasks that wait there, as a message to ourselves:
/// timers of hidden pages are held back for up to a minute, messages are not.
struct Hop {
    channel: MessageChannel,
    _arrived: Closure<dyn FnMut()>,
}

impl Hop {
    fn new(arrived: impl FnMut() + 'static) -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let arrived = Closure::new(arrived);
        channel.port1().set_onmessage(Some(arrived.as_ref().unchecked_ref()));
        channel.port2().post_message(&JsValue::NULL).ok()?;
        Some(Self { channel, _arrived: arrived })
    }
}

impl Drop for Hop {
    fn drop(&mut self) {
        self.channel.port1().set_onmessage(None);
        self.channel.port1().close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::rc::Rc;
    use core::cell::Cell;
    use wasm_bindgen_futures::JsFuture;
    use wasm_bindgen_test::wasm_bindgen_test;

    const START: Instant = Instant::from_millis(1000);

    fn after(millis: u64) -> Instant {
        START + Duration::from_millis(millis)
    }

    async fn task() {
        let wait = |resolve: js_sys::Function, _| {
            Timeout::new(20, move || drop(resolve.call0(&JsValue::NULL))).forget();
        };
        JsFuture::from(js_sys::Promise::new(&mut { wait })).await.unwrap();
    }

    /// An alarm for 10 ms after the start, and how often it has rung.
    fn alarm() -> (Alarm, Rc<Cell<u32>>) {
        let (mut alarm, rung) = (Alarm::default(), Rc::new(Cell::new(0)));
        let count = rung.clone();
        alarm.set(START, Some(after(10)), move || count.set(count.get() + 1));
        (alarm, rung)
    }

    #[wasm_bindgen_test]
    async fn it_rings_once_and_not_when_it_was_stopped() {
        let ((kept, rung), (mut stopped, silent)) = (alarm(), alarm());
        stopped.set(START, None, || ());
        task().await;
        assert_eq!((rung.get(), silent.get()), (1, 0));
        drop(kept);
    }

    #[wasm_bindgen_test]
    async fn a_deadline_that_moves_away_costs_no_new_timer_and_one_that_moves_near_does() {
        let ((mut far, early), (mut near, never)) = (alarm(), alarm());
        far.set(START, Some(after(5000)), || ());
        near.set(START, Some(after(5)), || ());
        task().await;
        assert_eq!((early.get(), never.get()), (1, 0));
    }

    #[wasm_bindgen_test]
    async fn a_late_timer_lets_the_tasks_in_that_wait() {
        let (mut alarm, _) = alarm();
        let again = Rc::new(Cell::new(0));
        let count = again.clone();
        assert!(!alarm.rang(after(10_000), move || count.set(count.get() + 1)), "acts at once");
        alarm.set(START, Some(after(0)), || ());
        assert_eq!(again.get(), 0);
        task().await;
        assert_eq!(again.get(), 1);
    }

    #[wasm_bindgen_test]
    fn a_timer_in_time_acts_at_once() {
        let (mut alarm, _) = alarm();
        assert!(alarm.rang(after(12), || ()));
    }
}
