#include "projections/views/exchanges/exchanges.h"

#include <algorithm>

#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/storage/keys.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "projections/views/kept/epochs.h"

namespace projections::views::exchanges {

namespace v1 = poolcirkel::event::v1;

using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::log::StreamId;
using eventstore::storage::AppendUint32;
using eventstore::storage::AppendUint64;
using eventstore::storage::ReadUint32;
using eventstore::storage::ReadUint64;
using kept::KeptEvent;
using Body = poolcirkel::event::v1::Event;

namespace {

constexpr char kExchange = 'e';    // an event, by exchange and sequence
constexpr char kVerdict = 'v';     // what evidence is worth, likewise
constexpr char kAssignment = 'a';  // the title of an assignment, likewise
constexpr std::string_view kTermsContext = "poolcirkel.example/v1/terms\n";

// The exchange that an event is about; empty when it is about none.
std::string_view ExchangeOf(const engine::Event& event) {
  switch (event.kind()) {
    case Body::kSecondmentProposed:
    case Body::kProposalWithdrawn:
    case Body::kSecondmentConfirmed:
    case Body::kConfirmationReleased:
      return event.stream().view();
    case Body::kCandidacySelected:
      return event.Field(v1::CandidacySelected::kExchangeIdFieldNumber);
    case Body::kSelectionAccepted:
      return event.Field(v1::SelectionAccepted::kExchangeIdFieldNumber);
    case Body::kCandidacyDeclined:
      return event.Field(v1::CandidacyDeclined::kExchangeIdFieldNumber);
    case Body::kSelectionExpired:
      return event.Field(v1::SelectionExpired::kExchangeIdFieldNumber);
    case Body::kAcceptanceCosigned:
      return event.Field(v1::AcceptanceCosigned::kExchangeIdFieldNumber);
    case Body::kSecondmentEnded:
      return event.Field(v1::SecondmentEnded::kExchangeIdFieldNumber);
    default:
      return {};
  }
}

// Holds evidence against the newest charter that the feed itself adopted. Whether it is
// about the acceptance that it names, which may stand in an earlier epoch, is the join's.
absl::Status JudgeEvidence(const engine::Event& event, engine::RowWriter& rows) {
  const auto& evidence = event.body().acceptance_cosigned();
  ASSIGN_OR_RETURN(const auto charter_bytes, kept::KeptCharter(rows));
  poolcirkel::event::v1::Charter charter;
  if (!charter_bytes.has_value() || !charter.ParseFromString(*charter_bytes)) {
    return absl::OkStatus();
  }
  const CosignatureCount count =
      CountCosignatures(event.feed(), charter, evidence, event.sequence());
  std::string value;
  AppendUint32(value, count.have);
  AppendUint32(value, count.needed);
  AppendUint32(value, count.epoch);
  rows.Add({kept::EventKey(kVerdict, evidence.exchange_id(), event.sequence())}, {value});
  return absl::OkStatus();
}

absl::StatusOr<Verdicts> ReadVerdicts(const engine::ViewReader& reader, const CircleId& circle) {
  Verdicts verdicts;
  for (const FeedId& feed : reader.FeedsOf(circle)) {
    RETURN_IF_ERROR(reader.Scan(
        feed, std::string_view(&kVerdict, 1),
        [&](const FeedId&, std::string_view key, std::string_view value) -> absl::Status {
          const std::string_view exchange = kept::ThingOf(key);
          if (value.size() != 12 || key.size() != 1 + 16 + 8) {
            return absl::DataLossError("a verdict on cosignatures cannot be read");
          }
          verdicts[{kept::HistoryOf(feed), std::string(exchange)}]
                  [{feed.epoch.value(), ReadUint64(key.substr(17))}] = {
                      ReadUint32(value), ReadUint32(value.substr(4)), ReadUint32(value.substr(8))};
          return absl::OkStatus();
        }));
  }
  return verdicts;
}

absl::StatusOr<Titles> ReadTitles(const engine::ViewReader& reader, const CircleId& circle) {
  Titles titles;
  ASSIGN_OR_RETURN(const kept::Ends ends, kept::ReadEnds(reader, circle));
  for (const FeedId& feed : reader.FeedsOf(circle)) {
    RETURN_IF_ERROR(reader.Scan(
        feed, std::string_view(&kAssignment, 1),
        [&](const FeedId&, std::string_view key, std::string_view value) -> absl::Status {
          if (key.size() != 1 + 16 + 8) return absl::DataLossError("a title cannot be read");
          if (!ends.Counts(feed, Sequence(ReadUint64(key.substr(17))))) return absl::OkStatus();
          // The first one counts.
          titles.try_emplace({kept::HistoryOf(feed), std::string(kept::ThingOf(key))}, value);
          return absl::OkStatus();
        }));
  }
  return titles;
}

std::string DeterministicBytes(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

}  // namespace

absl::Status Exchanges::Fold(const engine::Event& event, engine::RowWriter& rows) const {
  if (event.kind() == Body::kCharterAdopted) return kept::KeepCharter(event, rows);
  if (event.kind() == Body::kAssignmentPublished) {
    rows.Add({kept::EventKey(kAssignment, event.stream().view(), event.sequence())},
             {event.Field(v1::AssignmentPublished::kTitleFieldNumber)});
    return absl::OkStatus();
  }
  const std::string_view exchange = ExchangeOf(event);
  if (exchange.size() != StreamId::kSize) return absl::OkStatus();
  kept::Keep(event, kExchange, exchange, rows);
  if (event.kind() == Body::kAcceptanceCosigned) return JudgeEvidence(event, rows);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Exchange>> Read(const engine::ViewReader& reader,
                                           const CircleId& circle) {
  ASSIGN_OR_RETURN(const kept::Things events, kept::ReadCircle(reader, circle, kExchange));
  ASSIGN_OR_RETURN(const Verdicts verdicts, ReadVerdicts(reader, circle));
  ASSIGN_OR_RETURN(const Titles titles, ReadTitles(reader, circle));
  return Join(events, verdicts, titles);
}

absl::StatusOr<std::optional<Exchange>> Find(const engine::ViewReader& reader,
                                             const CircleId& circle, const StreamId& id) {
  ASSIGN_OR_RETURN(auto exchanges, Read(reader, circle));
  std::erase_if(exchanges, [&](const Exchange& exchange) { return exchange.id != id; });
  if (exchanges.empty()) return std::optional<Exchange>();
  const auto selected =
      std::find_if(exchanges.begin(), exchanges.end(),
                   [](const Exchange& exchange) { return exchange.selected.has_value(); });
  return selected == exchanges.end() ? exchanges.front() : *selected;
}

std::optional<poolcirkel::event::v1::Terms> OpenTerms(const Exchange& exchange,
                                                      const eventstore::privacy::KeyFile& keys) {
  if (!exchange.selected.has_value()) return std::nullopt;
  KeptEvent event = *exchange.selected;
  kept::OpenFields(event, keys);
  const auto& selected = event.body.candidacy_selected();
  if (!selected.has_terms()) return std::nullopt;
  const auto digest =
      eventstore::crypto::Sha256({kTermsContext, DeterministicBytes(selected.terms())});
  if (digest.view() != selected.terms_digest()) return std::nullopt;
  return selected.terms();
}

std::string OpenReason(const Exchange& exchange, const eventstore::privacy::KeyFile& keys) {
  if (!exchange.reason.has_value()) return "";
  KeptEvent event = *exchange.reason;
  kept::OpenFields(event, keys);
  if (event.body.has_proposal_withdrawn()) return event.body.proposal_withdrawn().reason();
  if (event.body.has_candidacy_declined()) return event.body.candidacy_declined().reason();
  return event.body.secondment_ended().reason();
}

std::optional<StreamId> OpenProfessional(const Exchange& exchange,
                                         const eventstore::privacy::KeyFile& keys) {
  KeptEvent event = exchange.proposed;
  kept::OpenFields(event, keys);
  const auto id = StreamId::FromBytes(event.body.secondment_proposed().professional_id());
  if (!id.ok()) return std::nullopt;
  return *id;
}

}  // namespace projections::views::exchanges
