#include "services/commands/end_epoch.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/commands/circle_commands.h"
#include "services/commands/loading.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace circle_domain = services::domain::circle;
namespace log = eventstore::log;

constexpr size_t kPage = 256;

uint64_t LargestCosigned(const log::EventLog& log, const log::FeedId& feed) {
  uint64_t largest = 0;
  for (const auto& one : log.Cosignatures(feed)) largest = std::max(largest, one.size);
  return largest;
}

absl::Status Mismatch(const membership::Circle& circle, const log::MemberId& member) {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "CUT_MISMATCH",
                       absl::StrCat("het voorgestelde einde van het tijdvak van ",
                                    domain::NameOf(circle.charter, member),
                                    " past niet bij wat dit knooppunt van dat lid heeft"))
      .Remedy("laat de leden hun standen vergelijken met `poolcirkel log heads`")
      .Status();
}

log::FeedId FeedOf(const membership::Circle& circle, const circle_domain::EndedEpoch& ended) {
  return log::FeedId{circle.id, ended.member, log::Epoch(ended.end.epoch())};
}

}  // namespace

absl::StatusOr<FinalHead> OwnFinalHead(const log::EventLog& log, const membership::Circle& circle) {
  FinalHead head;
  head.size = log.Size(circle.OwnFeed());
  ASSIGN_OR_RETURN(head.root, log.RootAt(circle.OwnFeed(), head.size));
  return head;
}

absl::StatusOr<FinalHead> CutOf(const log::EventLog& log, const membership::Circle& circle,
                                const log::MemberId& member) {
  const log::FeedId feed = circle.FeedOf(member);
  FinalHead head;
  const uint64_t held = log.Size(feed);
  head.size = std::min(held, LargestCosigned(log, feed));
  if (head.size == 0) head.size = held;
  if (head.size == 0) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "HEAD_UNKNOWN",
                         "van het logboek van dat lid is hier nog niets")
        .Remedy("laat een ander lid dit voorstellen");
  }
  ASSIGN_OR_RETURN(head.root, log.RootAt(feed, head.size));
  return head;
}

absl::Status CheckCut(const log::EventLog& log, const membership::Circle& circle,
                      const circle_domain::EndedEpoch& ended, bool leave_out_cosigned) {
  const log::FeedId feed = FeedOf(circle, ended);
  const uint64_t cosigned = LargestCosigned(log, feed);
  const bool fork = ended.end.reason() == poolcirkel::event::v1::EPOCH_END_FORK;
  if (fork) return absl::OkStatus();
  if (cosigned > ended.end.final_size() && !leave_out_cosigned) {
    return base::Refusal(absl::StatusCode::kFailedPrecondition, "CUT_TOO_SMALL",
                         absl::StrCat("voorgesteld is een einde bij ", ended.end.final_size(),
                                      " gebeurtenissen, maar hier is bekend dat er al ", cosigned,
                                      " medeondertekend zijn"))
        .Metadata("cosigned", absl::StrCat(cosigned))
        .Remedy(absl::StrCat("teken met --leave-out: de ", cosigned - ended.end.final_size(),
                             " gebeurtenissen na dat einde tellen dan niet meer; "
                             "iets anders tekent wie deze versie nog niet tekende"));
  }
  if (log.Size(feed) < ended.end.final_size()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto root, log.RootAt(feed, ended.end.final_size()));
  return root.view() == ended.end.final_root() ? absl::OkStatus() : Mismatch(circle, ended.member);
}

absl::Status CheckOwnEnd(const log::EventLog& log, const membership::Circle& circle,
                         const circle_domain::EndedEpoch& ended,
                         const circle_domain::Proposal::Place& place) {
  const log::FeedId feed = FeedOf(circle, ended);
  const uint64_t end = ended.end.final_size();
  if (place.feed != feed || place.sequence.value() != end) return Mismatch(circle, ended.member);
  if (log.Size(feed) <= end) return absl::UnavailableError("the proposal is not all here yet");
  ASSIGN_OR_RETURN(const auto root, log.RootAt(feed, end));
  if (root.view() != ended.end.final_root()) return Mismatch(circle, ended.member);
  const log::StreamId stream = circle_domain::StreamOf(circle.id);
  for (uint64_t next = end;;) {
    ASSIGN_OR_RETURN(const auto page, log.ReadFeed(feed, log::Sequence(next), kPage));
    for (const auto& stored : page) {
      if (stored.stream != stream) return Mismatch(circle, ended.member);
    }
    if (page.size() < kPage) return absl::OkStatus();
    next += page.size();
  }
}

absl::StatusOr<poolcirkel::event::v1::CharterMember> CircleCommands::NextEntry(
    const membership::Circle& circle) const {
  poolcirkel::event::v1::CharterMember entry = *circle.Member(circle.self);
  std::set<eventstore::crypto::PublicKey> used;
  for (const auto& member : circle.charter.members()) {
    for (const auto& [epoch, key] : domain::LogKeysOf(member)) used.insert(key);
  }
  entry.clear_log_key();
  for (const auto& key : parts_.log_keys->All()) {
    if (used.count(key) == 0) entry.set_log_key(key.bytes());
  }
  if (entry.log_key().empty()) {
    ASSIGN_OR_RETURN(const auto key, parts_.log_keys->Make(*parts_.entropy));
    entry.set_log_key(key.bytes());
  }
  return entry;
}

absl::Status CircleCommands::CompleteEnd(const membership::Circle& circle,
                                         const domain::Context& context,
                                         circle_domain::EndEpochCommand& end) {
  const bool own = end.member == circle.self;
  if (own && end.reason != poolcirkel::event::v1::EPOCH_END_SUSPENSION && !end.next_log_key) {
    if (parts_.log_keys == nullptr) {
      return absl::FailedPreconditionError("this node keeps one log key only");
    }
    circle_domain::EndEpochCommand checked = end;
    checked.next_log_key = parts_.log_key->public_key();
    RETURN_IF_ERROR(circle_domain::CheckEnd(checked, context));
    ASSIGN_OR_RETURN(end.next_log_key, parts_.log_keys->Make(*parts_.entropy));
  }
  RETURN_IF_ERROR(circle_domain::CheckEnd(end, context));
  if (circle.IsSuspended(end.member)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FinalHead head, own ? OwnFinalHead(*parts_.log, circle)
                                             : CutOf(*parts_.log, circle, end.member));
  end.final_size = head.size;
  end.final_root = head.root;
  return absl::OkStatus();
}

absl::StatusOr<api::EndEpochResponse> CircleCommands::EndEpoch(const api::EndEpochRequest& request,
                                                               const Actor& actor,
                                                               absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  circle_domain::EndEpochCommand end;
  end.member = circle->self;
  end.reason = request.reason();
  if (!request.member().empty()) {
    ASSIGN_OR_RETURN(end.member, circle->FindMember(request.member()));
  }
  if (!request.next_log_key().empty()) {
    const auto key = eventstore::crypto::PublicKey::FromBytes(request.next_log_key());
    if (!key.ok()) return base::InvalidField("next_log_key", "is 32 bytes");
    end.next_log_key = *key;
  }
  domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state, LoadAgain(reader, request.header(), circle, context));
    RETURN_IF_ERROR(CompleteEnd(*circle, context, end));
    return circle_domain::EndEpoch(state, circle->chain.back().charter(), end,
                                   parts_.SigningKey(*circle), context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->RunAlone(command, decide));
  ASSIGN_OR_RETURN(const auto proposed, FindProposed(result));
  api::EndEpochResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, circle_domain::StreamOf(circle->id), result.revision);
  response.set_charter_version(proposed.charter.version());
  response.set_charter_digest(proposed.digest.bytes());
  if (const auto* member = domain::FindMember(proposed.charter, end.member);
      member != nullptr && member->closed_epochs_size() > 0) {
    response.set_final_size(member->closed_epochs(member->closed_epochs_size() - 1).final_size());
  }
  return response;
}

}  // namespace services::commands
