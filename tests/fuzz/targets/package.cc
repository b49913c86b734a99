#include "eventstore/merkle/tree.h"
#include "eventstore/replication/verify.h"
#include "google/protobuf/stubs/logging.h"
#include "poolcirkel/log/v1/package.pb.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/reader.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {
namespace {

namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;
namespace replication = ::eventstore::replication;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'100);

// What a node holds after the first `size` records of the story.
replication::Tail TailAt(uint64_t size) {
  replication::Tail tail;
  const Story& story = TheCircle().story;
  for (uint64_t i = 0; i < size; ++i) {
    tail.tree.Append(merkle::LeafHash(story.records()[i]));
    tail.last_recorded_at =
        log::DecodeRecord(story.feed(), log::Sequence(i), story.records()[i])->recorded_at;
  }
  return tail;
}

// The writer signs whatever stands in the package: a hostile member.
void SignAnyway(poolcirkel::log::v1::Package& package) {
  auto note = merkle::ParseNote(package.checkpoint_note());
  if (!note.ok()) return;
  note->signatures.clear();
  merkle::SignNote(*note, log::Origin(TheCircle().story.feed()), TheCircle().people[0].key);
  package.set_checkpoint_note(merkle::FormatNote(*note));
}

}  // namespace

// A package of another member, at a node that holds a part of the feed. Input: how much it
// holds, whether the writer signs the checkpoint whatever it is, and the package. Somebody
// in between gets nothing through but what the writer wrote; the writer itself nothing that
// does not lead to its own signed head.
void Package(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const Story& story = TheCircle().story;
  Reader reader(input);
  const uint64_t have = reader.Byte() % (story.size() + 1);
  const bool hostile_writer = reader.Byte() % 2 == 1;
  poolcirkel::log::v1::Package package;
  if (!package.ParseFromString(std::string(reader.rest()))) return;
  if (hostile_writer) SignAnyway(package);
  const replication::Tail tail = TailAt(have);
  const auto verified = replication::VerifyPackage(
      story.feed(), TheCircle().people[0].key.public_key(), tail, package, kNow);
  if (!verified.ok()) return;

  const auto& records = verified->records.entries();
  Expect(verified->records.first().value() == have, "a package goes on where the node is");
  Expect(verified->after.size() == have + records.size(), "every record counts");
  auto tree = tail.tree;
  for (const auto& record : records) tree.Append(merkle::LeafHash(record.bytes));
  Expect(tree.Root() == verified->root_after, "the root is that of the records");
  const auto& head = verified->head.checkpoint;
  Expect(head.origin == log::Origin(story.feed()), "the head is of this feed");
  Expect(head.size >= verified->after.size(), "the head holds the records");
  if (head.size == verified->after.size()) {
    Expect(head.root == verified->root_after, "the records are those of the head");
  }
  if (hostile_writer) return;
  // Of a fork the writer signed heads too, but it leads nowhere from this story.
  const Story& written =
      have > 0 || records[0].bytes == story.records()[0] ? story : TheCircle().fork;
  Expect(head.size <= written.size() && head.root == written.Root(head.size),
         "only what the writer signed gets through");
  for (size_t i = 0; i < records.size(); ++i) {
    Expect(records[i].bytes == written.records()[have + i],
           "only what the writer wrote gets through");
  }
}

}  // namespace tests::fuzz
