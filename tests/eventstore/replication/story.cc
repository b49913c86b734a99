#include "tests/eventstore/replication/story.h"

#include <functional>

#include "eventstore/log/record.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/replication/compact_range.h"
#include "gtest/gtest.h"

namespace eventstore::replication {

namespace {

// The proof of RFC 6962, section 2.1.2, written down as it stands there.
crypto::Digest TreeRoot(const std::vector<crypto::Digest>& leaves, size_t begin, size_t end) {
  if (begin == end) return merkle::EmptyRoot();
  if (end - begin == 1) return leaves[begin];
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  return merkle::NodeHash(TreeRoot(leaves, begin, begin + split),
                          TreeRoot(leaves, begin + split, end));
}

void SubProof(const std::vector<crypto::Digest>& leaves, size_t old_size, size_t begin, size_t end,
              bool whole, std::vector<crypto::Digest>& proof) {
  if (old_size == end - begin) {
    if (!whole) proof.push_back(TreeRoot(leaves, begin, end));
    return;
  }
  size_t split = 1;
  while (split * 2 < end - begin) split *= 2;
  if (old_size <= split) {
    SubProof(leaves, old_size, begin, begin + split, whole, proof);
    proof.push_back(TreeRoot(leaves, begin + split, end));
  } else {
    SubProof(leaves, old_size - split, begin + split, end, false, proof);
    proof.push_back(TreeRoot(leaves, begin, begin + split));
  }
}

std::vector<crypto::Digest> Leaves(const std::vector<std::string>& records, uint64_t size) {
  std::vector<crypto::Digest> leaves;
  for (uint64_t i = 0; i < size; ++i) leaves.push_back(merkle::LeafHash(records[i]));
  return leaves;
}

}  // namespace

Person::Person(uint8_t number)
    : id(*log::MemberId::FromBytes(std::string(16, static_cast<char>(number)))),
      key(*crypto::PrivateKey::FromSeed(std::string(32, static_cast<char>(number)))) {}

Membership MembershipOf(const std::vector<Person>& people, size_t self) {
  Membership membership{TestCircle(), people[self].id, {}};
  for (const Person& person : people) {
    membership.members.push_back({person.id, person.key.public_key()});
  }
  return membership;
}

Story::Story(const Person& writer, const std::vector<std::string>& payloads, uint64_t epoch)
    : writer_(writer), feed_{TestCircle(), writer.id, log::Epoch(epoch)} {
  for (const std::string& payload : payloads) Add(payload);
}

void Story::Add(const std::string& payload) { AddAt(payload, last_ + absl::Microseconds(1)); }

void Story::AddAt(const std::string& payload, absl::Time recorded_at) {
  log::StoredEvent event;
  event.feed = feed_;
  event.sequence = log::Sequence(records_.size());
  // A UUIDv7 whose time grows with the sequence.
  std::string id = std::string("\x01\x90\xa6\xe4\x00\x00\x70\x00\x80", 9) + std::string(7, 'i');
  id[4] = static_cast<char>(records_.size() >> 8);
  id[5] = static_cast<char>(records_.size());
  event.id = *log::EventId::FromBytes(id);
  event.type = "assignment_published";
  event.stream = *log::StreamId::FromBytes(std::string(16, 's'));
  event.recorded_at = recorded_at;
  event.request = *log::RequestId::FromBytes(std::string(16, 'r'));
  event.request_digest = std::string(32, 'd');
  event.payload = payload;
  event.actor.set_field_number(9);
  event.actor.set_key_id(std::string(16, 'k'));
  event.actor.set_nonce(std::string(12, 'n'));
  event.actor.set_ciphertext(std::string(40, 'a'));
  event.actor.set_commitment(std::string(32, 'm'));
  records_.push_back(log::EncodeRecord(event));
  last_ = recorded_at;
}

crypto::Digest Story::Root(uint64_t size) const {
  return TreeRoot(Leaves(records_, size), 0, size);
}

std::string Story::Note(uint64_t size, const std::vector<const Person*>& witnesses) const {
  const std::string origin = log::Origin(feed_);
  merkle::Note note{merkle::FormatCheckpoint({origin, size, Root(size), ""}), {}};
  merkle::SignNote(note, origin, writer_.key);
  for (const Person* witness : witnesses) {
    const log::FeedId own{TestCircle(), witness->id, log::Epoch(0)};
    merkle::CosignNote(note, log::Origin(own), witness->key, last_);
  }
  return merkle::FormatNote(note);
}

poolcirkel::log::v1::Head Story::Head(uint64_t size,
                                      const std::vector<const Person*>& witnesses) const {
  poolcirkel::log::v1::Head head;
  *head.mutable_feed() = log::ToProto(feed_);
  head.set_checkpoint_note(Note(size, witnesses));
  return head;
}

poolcirkel::log::v1::Package Story::Package(uint64_t first, uint64_t end, uint64_t size) const {
  poolcirkel::log::v1::Package package;
  *package.mutable_feed() = log::ToProto(feed_);
  package.set_first_sequence(first);
  for (uint64_t i = first; i < end; ++i) package.add_records(records_[i]);
  package.set_checkpoint_note(Note(size));
  std::vector<crypto::Digest> proof;
  if (end > 0) SubProof(Leaves(records_, size), end, 0, size, true, proof);
  for (const crypto::Digest& hash : proof) package.add_consistency_proof(hash.bytes());
  return package;
}

}  // namespace eventstore::replication
