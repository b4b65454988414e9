// What lies between the capture thread and the reader: batch, outbox, pacer, losses.
#include <cstring>
#include <thread>
#include <vector>

#include "../../../native/batch.h"
#include "../../../native/losses.h"
#include "../../../native/outbox.h"
#include "../../../native/pacer.h"
#include "harness.h"

namespace wallwatch::test {

namespace {

std::string_view taken_bytes(const Batch& batch, const Batch::Taken& taken) {
  return {reinterpret_cast<const char*>(batch.side(taken.side).get()), taken.size};
}

Test empty_batch("an empty batch gives nothing and wakes nobody", [] {
  Batch batch;
  CHECK(batch.empty());
  CHECK(!batch.claim_wake());
  CHECK_EQUAL(batch.take().size, 0u);
});

Test one_wake("one wake is pending at most, until the reader takes", [] {
  Batch batch;
  CHECK(batch.append("one"));
  CHECK(batch.claim_wake());
  CHECK(batch.append("two"));
  CHECK(!batch.claim_wake());
  Batch::Taken taken = batch.take();
  CHECK_EQUAL(taken_bytes(batch, taken), "onetwo");
  CHECK(!batch.claim_wake());
  CHECK(batch.append("three"));
  CHECK(batch.claim_wake());
});

Test taken_stays("what was taken stays as it is while the other side is filled", [] {
  Batch batch;
  CHECK(batch.append("first"));
  Batch::Taken first = batch.take();
  CHECK(batch.append("other"));
  CHECK_EQUAL(taken_bytes(batch, first), "first");
  Batch::Taken second = batch.take();
  CHECK(second.side != first.side);
  CHECK_EQUAL(taken_bytes(batch, second), "other");
});

Test full_batch("a full batch refuses, and the reader is told that somebody waits", [] {
  Batch batch;
  std::string half(kBatchBytes / 2, 'x');
  CHECK(batch.append(half));
  CHECK(batch.append(half));
  CHECK(!batch.append("y"));
  Batch::Taken taken = batch.take();
  CHECK_EQUAL(taken.size, kBatchBytes);
  CHECK(taken.writer_waits);
  CHECK(batch.append("y"));
  CHECK(!batch.take().writer_waits);
});

Test two_threads("two threads pass numbers through a batch, in order and none lost", [] {
  constexpr u32 kNumbers = 400000;
  Batch batch;
  std::thread writer([&batch] {
    for (u32 number = 0; number < kNumbers;) {
      if (batch.append({reinterpret_cast<const char*>(&number), sizeof number})) {
        number++;
      } else {
        std::this_thread::yield();
      }
    }
  });
  u32 expected = 0, wrong = 0;
  while (expected < kNumbers) {
    Batch::Taken taken = batch.take();
    for (size_t at = 0; at < taken.size; at += sizeof expected, expected++) {
      u32 number;
      memcpy(&number, batch.side(taken.side).get() + at, sizeof number);
      wrong += number != expected;
    }
    if (!taken.size) std::this_thread::yield();
  }
  writer.join();
  CHECK_EQUAL(wrong, 0u);
});

Test order("a round is handed over in the order of its time stamps", [] {
  Batch batch;
  Outbox outbox(batch);
  outbox.add("c", 30);
  outbox.add("a", 10);
  outbox.add("b", 20);
  outbox.add("B", 20);
  CHECK(outbox.publish());
  CHECK_EQUAL(taken_bytes(batch, batch.take()), "abBc");
});

Test held_back("what the batch has no room for is handed over later, in order", [] {
  Batch batch;
  Outbox outbox(batch);
  CHECK(batch.append(std::string(kBatchBytes - 2, 'x')));
  outbox.add("3", 3);
  outbox.add("1", 1);
  outbox.add("2", 2);
  CHECK(!outbox.publish());
  CHECK(outbox.blocked());
  CHECK(!outbox.has_room());
  CHECK_EQUAL(batch.take().size, kBatchBytes);
  CHECK(outbox.publish());
  CHECK(outbox.has_room());
  CHECK_EQUAL(taken_bytes(batch, batch.take()), "3");
});

Test round_bound("a round ends at its bound", [] {
  Batch batch;
  Outbox outbox(batch);
  outbox.add(std::string(Outbox::kRoundBytes, 'x'), 1);
  CHECK(!outbox.has_room());
  CHECK(outbox.publish());
  CHECK(outbox.has_room());
});

Test losses_told("each loss is told once, with its window", [] {
  Batch batch;
  Outbox outbox(batch);
  Losses losses;
  losses.add(LOSS_RING_FULL, 3);
  losses.add(LOSS_RING_FULL, 4);
  losses.add(LOSS_UNRESOLVED, 1);
  losses.tell(outbox);
  losses.tell(outbox);
  CHECK(outbox.publish());
  Batch::Taken taken = batch.take();
  CHECK_EQUAL(taken.size, 2 * sizeof(loss_record));
  loss_record records[2];
  memcpy(records, batch.side(taken.side).get(), sizeof records);
  CHECK_EQUAL(records[0].reason, static_cast<u32>(LOSS_RING_FULL));
  CHECK_EQUAL(records[0].count, 7u);
  CHECK_EQUAL(records[1].reason, static_cast<u32>(LOSS_UNRESOLVED));
  CHECK_EQUAL(records[1].count, 1u);
  CHECK(records[0].from <= records[0].until);
  CHECK_EQUAL(records[0].header.size, sizeof(loss_record));
  CHECK_EQUAL(static_cast<int>(records[0].header.kind), static_cast<int>(RECORD_LOSS));
});

Test paced("wake-ups come at once while they are few, and seldom when they go on", [] {
  Pacer pacer;
  u64 now = kSecond, first = now;
  CHECK(pacer.next() <= now);
  u64 wakes = 0;
  for (; now < first + kSecond; wakes++) {
    pacer.spend(now);
    now = pacer.next();
  }
  // A burst at the short distance, then one each kSustained.
  CHECK(wakes >= kSecond / Pacer::kSustained);
  CHECK(wakes <= kSecond / Pacer::kSustained + Pacer::kBurst + 5);
  pacer.spend(now);
  CHECK(pacer.sustained(now));
  now += kSecond;
  CHECK(!pacer.sustained(now));
  pacer.spend(now);
  CHECK_EQUAL(pacer.next(), now + Pacer::kAtLeast);
});

}  // namespace

}  // namespace wallwatch::test
