#include "services/audit/verify/bundle.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/proof.h"
#include "eventstore/merkle/tlog_proof.h"
#include "eventstore/merkle/tree.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/stubs/logging.h"
#include "services/domain/bytes.h"
#include "services/domain/circle/circle.h"

namespace services::audit::verify {

using eventstore::crypto::Digest;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using poolcirkel::event::v1::SignedCharter;
using poolcirkel::log::v1::Bundle;
using poolcirkel::log::v1::BundledEvent;
using poolcirkel::log::v1::BundledFeed;

namespace {

constexpr uint32_t kVersion = 1;
constexpr size_t kKeySize = 32;

absl::Status Wrong(std::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

// Parses bytes that are the only way to write `message`.
bool ParseCanonical(const std::string& bytes, google::protobuf::Message& message) {
  if (!message.ParseFromString(bytes)) return false;
  message.DiscardUnknownFields();
  return domain::DeterministicBytes(message) == bytes;
}

// Ordered by member id, each once; whether they are right is seen later.
bool HasForm(const SignedCharter& charter) {
  const std::string* previous = nullptr;
  for (const auto& signature : charter.signatures()) {
    if (signature.member_id().size() != eventstore::log::MemberId::kSize ||
        signature.signature().size() != eventstore::crypto::Signature::kSize ||
        (previous != nullptr && signature.member_id() <= *previous)) {
      return false;
    }
    previous = &signature.member_id();
  }
  return true;
}

absl::Status ReadCharters(const Bundle& bundle, Contents& contents) {
  if (bundle.charters().empty() || bundle.charters_size() > kMaximumCharters) {
    return Wrong("er zijn geen of te veel samenwerkingsafspraken");
  }
  for (const std::string& bytes : bundle.charters()) {
    SignedCharter& charter = contents.charters.emplace_back();
    if (!ParseCanonical(bytes, charter) || !HasForm(charter)) {
      return Wrong("de samenwerkingsafspraken staan er niet in de enige toegestane vorm");
    }
  }
  contents.circle = domain::circle::CircleIdOf(contents.charters.front().charter());
  return absl::OkStatus();
}

// First the origin's own signature, then cosignatures of others of the circle by name.
bool HasForm(const eventstore::merkle::Note& note, const FeedId& feed, const std::string& origin) {
  if (note.signatures.front().name != origin) return false;
  for (size_t i = 1; i < note.signatures.size(); ++i) {
    const std::string& name = note.signatures[i].name;
    const auto witness = eventstore::log::ParseOrigin(name);
    if (!witness.ok() || witness->circle != feed.circle || witness->member == feed.member) {
      return false;
    }
    if (i > 1 && name <= note.signatures[i - 1].name) return false;
  }
  return true;
}

absl::Status ReadHeads(const BundledFeed& source, ShownFeed& feed) {
  if (source.checkpoint_notes().empty() || source.checkpoint_notes_size() > kMaximumHeads) {
    return Wrong("een log heeft geen of te veel standen");
  }
  const std::string origin = eventstore::log::Origin(feed.id);
  for (const std::string& text : source.checkpoint_notes()) {
    Head head;
    ASSIGN_OR_RETURN(head.note, eventstore::merkle::ParseNote(text));
    ASSIGN_OR_RETURN(head.checkpoint, eventstore::merkle::ParseCheckpoint(head.note.text));
    if (head.checkpoint.origin != origin || !head.checkpoint.extension.empty() ||
        !HasForm(head.note, feed.id, origin)) {
      return Wrong("een stand is van een ander log, of heeft niet de enige toegestane vorm");
    }
    if (!feed.heads.empty() && head.checkpoint.size >= feed.heads.back().checkpoint.size) {
      return Wrong("de standen staan niet van groot naar klein");
    }
    feed.heads.push_back(std::move(head));
  }
  return absl::OkStatus();
}

// That the event stands in each head that is large enough; for others there is no proof.
bool IsIncluded(const BundledEvent& source, const ShownFeed& feed) {
  if (source.proofs_size() != static_cast<int>(feed.heads.size())) return false;
  const Digest leaf = eventstore::merkle::LeafHash(source.record());
  for (int i = 0; i < source.proofs_size(); ++i) {
    const auto& hashes = source.proofs(i).hashes();
    const auto& head = feed.heads[static_cast<size_t>(i)].checkpoint;
    if (source.sequence() >= head.size) {
      if (i == 0 || !hashes.empty()) return false;
      continue;
    }
    if (hashes.size() > static_cast<int>(eventstore::merkle::kMaximumInclusionProof)) return false;
    std::vector<Digest> path;
    for (const std::string& bytes : hashes) {
      const auto digest = Digest::FromBytes(bytes);
      if (!digest.ok()) return false;
      path.push_back(*digest);
    }
    const auto included =
        eventstore::merkle::VerifyInclusion(source.sequence(), head.size, leaf, path, head.root);
    if (!included.ok()) return false;
  }
  return true;
}

// Reads the body, which has to be of the type that the record names.
bool ReadBody(ShownEvent& event) {
  if (!event.body.ParseFromString(event.stored.payload)) return false;
  const auto* field = event.body.GetDescriptor()->FindFieldByName(event.stored.type);
  return field != nullptr && field->number() == static_cast<int>(event.body.body_case());
}

absl::Status ReadEvents(const BundledFeed& source, ShownFeed& feed) {
  if (source.events().empty() || source.events_size() > kMaximumEvents) {
    return Wrong("een log heeft geen of te veel gebeurtenissen");
  }
  for (const BundledEvent& bundled : source.events()) {
    if (!feed.events.empty() && bundled.sequence() <= feed.events.back().stored.sequence.value()) {
      return Wrong("de gebeurtenissen staan niet op volgorde");
    }
    if (!IsIncluded(bundled, feed)) {
      return Wrong(absl::StrCat("gebeurtenis ", bundled.sequence(), " van ",
                                eventstore::base::ToText(feed.id.member),
                                " staat niet zo in het log"));
    }
    auto stored =
        eventstore::log::DecodeRecord(feed.id, Sequence(bundled.sequence()), bundled.record());
    if (!stored.ok()) return Wrong("een gebeurtenis heeft niet de vorm van het log");
    ShownEvent& event = feed.events.emplace_back();
    event.stored = *std::move(stored);
    if (!ReadBody(event)) return Wrong("een gebeurtenis is niet van het soort dat zij noemt");
  }
  return absl::OkStatus();
}

absl::Status ReadFeeds(const Bundle& bundle, Contents& contents) {
  if (bundle.feeds_size() > kMaximumFeeds) return Wrong("er zijn te veel logs");
  for (const BundledFeed& source : bundle.feeds()) {
    const auto id = eventstore::log::FromProto(source.feed());
    if (!id.ok() || id->circle != contents.circle) {
      return Wrong("een log hoort niet bij de poolcirkel van de samenwerkingsafspraken");
    }
    if (!contents.feeds.empty() && *id <= contents.feeds.back().id) {
      return Wrong("de logs staan niet op volgorde");
    }
    ShownFeed& feed = contents.feeds.emplace_back();
    feed.id = *id;
    RETURN_IF_ERROR(ReadHeads(source, feed));
    RETURN_IF_ERROR(ReadEvents(source, feed));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeBundle(const Bundle& bundle) {
  Bundle whole = bundle;
  whole.set_version(kVersion);
  if (!whole.has_exchange_key()) whole.set_exchange_key("");
  return domain::DeterministicBytes(whole);
}

absl::StatusOr<Contents> ReadBundle(std::string_view bytes) {
  if (bytes.size() > kMaximumBundleSize) return Wrong("het bestand is te groot");
  // Foreign text that is not UTF-8 is refused here; no need to print it.
  const google::protobuf::LogSilencer quiet;
  Bundle bundle;
  if (!ParseCanonical(std::string(bytes), bundle)) {
    return Wrong("het bestand staat niet in de enige toegestane schrijfwijze");
  }
  if (bundle.version() != kVersion) return Wrong("het bestand is van een andere versie");
  if (!bundle.has_exchange_key() ||
      (!bundle.exchange_key().empty() && bundle.exchange_key().size() != kKeySize)) {
    return Wrong("het bestand is niet volledig: de plaats van de sleutel ontbreekt");
  }
  Contents contents;
  const auto exchange = eventstore::log::StreamId::FromBytes(bundle.exchange_id());
  if (!exchange.ok()) return Wrong("het id van de uitwisseling heeft geen 16 bytes");
  contents.exchange = *exchange;
  contents.exchange_key = bundle.exchange_key();
  RETURN_IF_ERROR(ReadCharters(bundle, contents));
  RETURN_IF_ERROR(ReadFeeds(bundle, contents));
  return contents;
}

}  // namespace services::audit::verify
