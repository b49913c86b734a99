#include "services/audit/checked_feeds.h"

#include <optional>
#include <utility>

#include "eventstore/crypto/digest.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/proof.h"
#include "eventstore/merkle/tree.h"
#include "google/protobuf/descriptor.h"

namespace services::audit {

using eventstore::crypto::Digest;
using eventstore::crypto::PublicKey;
using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::Sequence;
using eventstore::merkle::NoteAlgorithm;
using eventstore::merkle::NoteVerifier;
using poolcirkel::api::v1::ProvenEvent;
using poolcirkel::event::v1::Charter;

namespace {

constexpr int kMaximumEvents = 10'000;
constexpr int kMaximumProofLength = 64;

// A head whose writer's signature was checked.
struct SignedHead {
  uint64_t size = 0;
  Digest root;
  std::set<MemberId> witnesses;
};

class Checker {
 public:
  Checker(const CircleId& circle, const std::vector<Charter>& charters)
      : circle_(circle), charters_(charters) {}

  void Add(const ProvenEvent& proven) {
    const auto feed = eventstore::log::FromProto(proven.feed());
    if (!feed.ok() || feed->circle != circle_) {
      result_.problem = "een gebeurtenis hoort niet bij deze poolcirkel";
      return;
    }
    CheckedFeed& checked = result_.feeds[*feed];
    if (std::string problem = AddTo(checked, *feed, proven); !problem.empty()) {
      checked.problem = std::move(problem);
    }
  }

  CheckedFeeds Finish() {
    for (auto& [feed, checked] : result_.feeds) {
      for (const auto& [sequence, event] : checked.events) {
        if (checked.problem.empty() && !event.heads.contains(checked.head_size)) {
          checked.problem = "niet elke gebeurtenis staat in dezelfde ondertekende stand";
        }
      }
    }
    return std::move(result_);
  }

 private:
  // What is wrong, or empty.
  std::string AddTo(CheckedFeed& checked, const FeedId& feed, const ProvenEvent& proven) {
    const auto head = HeadOf(feed, proven.checkpoint_note());
    if (!head.has_value()) return "de stand is niet door de schrijver ondertekend";
    const auto [root, is_new] = roots_.try_emplace({feed, head->size}, head->root);
    if (!is_new && root->second != head->root) {
      return "de schrijver ondertekende twee verschillende standen van dezelfde grootte";
    }
    if (!IsIncluded(proven, *head)) return "een gebeurtenis staat niet in de ondertekende stand";
    auto stored = eventstore::log::DecodeRecord(feed, Sequence(proven.sequence()), proven.record());
    if (!stored.ok()) return "een gebeurtenis heeft niet de vorm van het log";
    CheckedEvent event;
    event.stored = *std::move(stored);
    if (!ReadBody(event)) return "een gebeurtenis is niet van het soort dat zij noemt";
    const auto [known, is_first] = checked.events.try_emplace(proven.sequence(), std::move(event));
    if (!is_first && known->second.stored.bytes != proven.record()) {
      return "op een plaats staan twee verschillende gebeurtenissen";
    }
    known->second.heads.insert(head->size);
    known->second.witnesses.insert(head->witnesses.begin(), head->witnesses.end());
    checked.head_size = std::max(checked.head_size, head->size);
    return "";
  }

  static bool ReadBody(CheckedEvent& event) {
    if (!event.body.ParseFromString(event.stored.payload)) return false;
    const auto* field = event.body.GetDescriptor()->FindFieldByName(event.stored.type);
    return field != nullptr && field->number() == static_cast<int>(event.body.body_case());
  }

  static bool IsIncluded(const ProvenEvent& proven, const SignedHead& head) {
    if (proven.inclusion_proof_size() > kMaximumProofLength) return false;
    std::vector<Digest> path;
    for (const std::string& bytes : proven.inclusion_proof()) {
      const auto digest = Digest::FromBytes(bytes);
      if (!digest.ok()) return false;
      path.push_back(*digest);
    }
    return eventstore::merkle::VerifyInclusion(proven.sequence(), head.size,
                                               eventstore::merkle::LeafHash(proven.record()), path,
                                               head.root)
        .ok();
  }

  // The writer under its own origin, everybody else as witness under theirs; with the
  // keys of every version of the charter.
  std::vector<NoteVerifier> VerifiersOf(const FeedId& feed,
                                        std::map<std::string, MemberId>& witnesses) const {
    std::vector<NoteVerifier> verifiers;
    std::set<std::pair<std::string, PublicKey>> known;
    for (const Charter& charter : charters_) {
      for (const auto& entry : charter.members()) {
        const auto member = MemberId::FromBytes(entry.member_id());
        const auto key = PublicKey::FromBytes(entry.log_key());
        if (!member.ok() || !key.ok()) continue;
        const std::string name = eventstore::log::Origin({circle_, *member, feed.epoch});
        if (!known.emplace(name, *key).second) continue;
        const bool is_writer = *member == feed.member;
        verifiers.push_back(
            {name, is_writer ? NoteAlgorithm::kEd25519 : NoteAlgorithm::kCosignatureV1, *key});
        if (!is_writer) witnesses[name] = *member;
      }
    }
    return verifiers;
  }

  std::optional<SignedHead> HeadOf(const FeedId& feed, const std::string& bytes) {
    const auto key = std::pair(feed, bytes);
    if (const auto it = heads_.find(key); it != heads_.end()) return it->second;
    return heads_[key] = ReadHead(feed, bytes);
  }

  std::optional<SignedHead> ReadHead(const FeedId& feed, const std::string& bytes) const {
    const auto note = eventstore::merkle::ParseNote(bytes);
    if (!note.ok()) return std::nullopt;
    const auto checkpoint = eventstore::merkle::ParseCheckpoint(note->text);
    if (!checkpoint.ok() || checkpoint->origin != eventstore::log::Origin(feed)) {
      return std::nullopt;
    }
    std::map<std::string, MemberId> witnesses;
    const auto signatures = eventstore::merkle::VerifyNote(*note, VerifiersOf(feed, witnesses));
    if (!signatures.ok()) return std::nullopt;
    SignedHead head{checkpoint->size, checkpoint->root, {}};
    bool signed_by_writer = false;
    for (const auto& signature : *signatures) {
      if (signature.algorithm == NoteAlgorithm::kEd25519) {
        signed_by_writer = true;
      } else if (const auto it = witnesses.find(signature.name); it != witnesses.end()) {
        head.witnesses.insert(it->second);
      }
    }
    if (!signed_by_writer) return std::nullopt;
    return head;
  }

  const CircleId& circle_;
  const std::vector<Charter>& charters_;
  CheckedFeeds result_;
  std::map<std::pair<FeedId, std::string>, std::optional<SignedHead>> heads_;
  std::map<std::pair<FeedId, uint64_t>, Digest> roots_;
};

}  // namespace

CheckedFeeds CheckFeeds(const poolcirkel::api::v1::AuditEvidenceResponse& evidence,
                        const CircleId& circle, const std::vector<Charter>& charters) {
  if (evidence.events_size() > kMaximumEvents) {
    CheckedFeeds result;
    result.problem = "het bewijs heeft meer gebeurtenissen dan een uitwisseling kan hebben";
    return result;
  }
  Checker checker(circle, charters);
  for (const ProvenEvent& proven : evidence.events()) checker.Add(proven);
  return checker.Finish();
}

}  // namespace services::audit
