#include "services/audit/export_heads.h"

#include <algorithm>
#include <set>
#include <utility>

#include "eventstore/log/types.h"
#include "services/audit/verify/feeds_check.h"

namespace services::audit {

using eventstore::log::EventLog;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::merkle::Checkpoint;
using eventstore::merkle::Note;
using eventstore::merkle::NoteSignature;
using poolcirkel::event::v1::Charter;

namespace {

// Whether the log that this node holds has this head.
bool IsOfLog(const EventLog& log, const FeedId& feed, const verify::FeedKeys& keys,
             const Checkpoint& head) {
  if (head.origin != eventstore::log::Origin(feed) || !head.extension.empty() || head.size == 0 ||
      head.size > log.Size(feed)) {
    return false;
  }
  const verify::FeedKey* key = keys.Find(feed);
  if (key == nullptr) return false;
  const bool past_end =
      key->end.has_value() && head.size > key->end->size && !key->end->by_member();
  const auto root = log.RootAt(feed, head.size);
  return !past_end && root.ok() && *root == head.root;
}

void AddNote(const EventLog& log, const FeedId& feed, const verify::FeedKeys& keys,
             const std::string& bytes, std::map<uint64_t, KnownHead>& known) {
  const auto note = eventstore::merkle::ParseNote(bytes);
  if (!note.ok()) return;
  const auto head = eventstore::merkle::ParseCheckpoint(note->text);
  if (!head.ok() || !IsOfLog(log, feed, keys, *head)) return;
  const std::string origin = eventstore::log::Origin(feed);
  // One by one: a single wrong signature does not spoil the others.
  for (const auto& verifier : keys.VerifiersOf(feed)) {
    const auto verified = eventstore::merkle::VerifyNote(*note, {verifier});
    if (!verified.ok() || verified->empty()) continue;
    const auto line = std::ranges::find_if(note->signatures, [&](const NoteSignature& signature) {
      return signature.name == verifier.name && signature.key_id == verifier.KeyId();
    });
    KnownHead& entry = known[head->size];
    entry.text = note->text;
    entry.size = head->size;
    if (verifier.name == origin) {
      entry.by_writer = *line;
    } else {
      entry.by_others.emplace(verifier.name, *line);
    }
  }
}

MemberId MemberOf(const std::string& name) {
  const auto feed = eventstore::log::ParseOrigin(name);
  return feed.ok() ? feed->member : MemberId();
}

ChosenHead Show(const KnownHead& head, const std::vector<std::string>& witnesses) {
  Note note{head.text, {head.by_writer}};
  for (const std::string& name : witnesses) note.signatures.push_back(head.by_others.at(name));
  return {eventstore::merkle::FormatNote(note), head.size};
}

// How many members that take part cosigned one of the heads past `sequence`.
size_t CountWitnesses(const std::map<uint64_t, KnownHead>& known, uint64_t sequence,
                      const Charter& charter) {
  std::set<MemberId> members;
  for (auto head = known.upper_bound(sequence); head != known.end(); ++head) {
    for (const auto& [name, signature] : head->second.by_others) {
      const MemberId member = MemberOf(name);
      if (verify::TakesPart(charter, member)) members.insert(member);
    }
  }
  return members.size();
}

const Charter* VersionWithEnough(const std::map<uint64_t, KnownHead>& known, const FeedId& feed,
                                 uint64_t sequence, const std::vector<Charter>& charters) {
  for (auto charter = charters.rbegin(); charter != charters.rend(); ++charter) {
    if (verify::TakesPart(*charter, feed.member) &&
        CountWitnesses(known, sequence, *charter) >= verify::WitnessesNeeded(*charter)) {
      return &*charter;
    }
  }
  return nullptr;
}

}  // namespace

std::map<uint64_t, KnownHead> KnownHeads(const EventLog& log, const FeedId& feed,
                                         const verify::FeedKeys& keys,
                                         const std::vector<std::string>& notes) {
  std::map<uint64_t, KnownHead> known;
  if (const auto newest = log.CheckpointNote(feed); newest.ok()) {
    AddNote(log, feed, keys, *newest, known);
  }
  for (const auto& cosigned : log.Cosignatures(feed)) {
    AddNote(log, feed, keys, cosigned.note, known);
  }
  for (const std::string& note : notes) AddNote(log, feed, keys, note, known);
  std::erase_if(known, [](const auto& entry) { return entry.second.by_writer.name.empty(); });
  return known;
}

std::vector<ChosenHead> ChooseNewest(const std::map<uint64_t, KnownHead>& known) {
  if (known.empty()) return {};
  return {Show(known.rbegin()->second, {})};
}

std::vector<ChosenHead> ChooseCosigned(const std::map<uint64_t, KnownHead>& known,
                                       const FeedId& feed, uint64_t sequence,
                                       const std::vector<Charter>& charters) {
  const Charter* charter = VersionWithEnough(known, feed, sequence, charters);
  if (charter == nullptr) return ChooseNewest(known);
  size_t missing = verify::WitnessesNeeded(*charter);
  std::set<MemberId> members;
  std::vector<ChosenHead> chosen;
  for (auto head = known.rbegin(); head != known.rend() && head->first > sequence; ++head) {
    std::vector<std::string> names;
    for (const auto& [name, signature] : head->second.by_others) {
      const MemberId member = MemberOf(name);
      if (missing == 0 || !verify::TakesPart(*charter, member)) continue;
      if (!members.insert(member).second) continue;
      names.push_back(name);
      --missing;
    }
    if (chosen.empty() || !names.empty()) chosen.push_back(Show(head->second, names));
  }
  return chosen;
}

}  // namespace services::audit
