#include "services/commands/loading.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "eventstore/base/errors.h"
#include "services/commands/streams.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;

constexpr size_t kSaltSize = 16;

}  // namespace

domain::Context MakeContext(const Dependencies& parts, const membership::Circle& circle) {
  domain::Context context;
  context.now = parts.clock->Now();
  context.circle = circle.id;
  context.self = circle.self;
  context.charter = &circle.charter;
  context.private_feed = parts.circles->PrivateFeed();
  context.new_id = parts.ids->New<log::StreamId>();
  context.new_private_id = parts.ids->New<log::StreamId>();
  context.salt = parts.entropy->Bytes(kSaltSize);
  return context;
}

absl::StatusOr<log::StreamId> ParseId(std::string_view field, const std::string& text) {
  const auto id = base::ParseUuid<log::StreamId>(text);
  if (!id.ok() || id->empty()) {
    return base::InvalidField(field, text.empty() ? "ontbreekt" : "is geen UUID");
  }
  return *id;
}

void ExpectRevision(Runner::Reader& reader, const poolcirkel::api::v1::CommandHeader& header,
                    const membership::Circle& circle, const log::StreamId& stream) {
  if (!header.has_expected_revision()) return;
  reader.Expect(circle.OwnFeed(), stream, header.expected_revision());
}

absl::StatusOr<domain::assignment::State> LoadAssignment(const Dependencies& parts,
                                                         Runner::Reader& reader,
                                                         const membership::Circle& circle,
                                                         const log::StreamId& assignment) {
  ASSIGN_OR_RETURN(const auto host, OwnerOfStream(*parts.log, circle, assignment));
  const log::FeedId feed = circle.FeedOf(host.value_or(circle.self));
  return Fold<domain::assignment::State>(reader, feed, assignment);
}

absl::StatusOr<Exchange> LoadExchange(const Dependencies& parts, Runner::Reader& reader,
                                      const membership::Circle& circle,
                                      const log::StreamId& exchange) {
  Exchange loaded;
  ASSIGN_OR_RETURN(const auto lender, OwnerOfStream(*parts.log, circle, exchange));
  const log::FeedId lender_feed = circle.FeedOf(lender.value_or(circle.self));
  ASSIGN_OR_RETURN(loaded.candidacy,
                   Fold<domain::secondment::State>(reader, lender_feed, exchange));
  if (loaded.candidacy.status == domain::secondment::Status::kNone) {
    return base::Refusal(absl::StatusCode::kNotFound, "EXCHANGE_UNKNOWN",
                         "deze uitwisseling is hier niet bekend")
        .Remedy(
            "zoek het id op met `poolcirkel secondment list`; is er net voorgedragen, dan komt "
            "het zo")
        .Retry(absl::Seconds(5));
  }
  // The host that the lender names; a stream of that id elsewhere means nothing.
  const log::FeedId host_feed = circle.FeedOf(loaded.candidacy.host);
  ASSIGN_OR_RETURN(loaded.assignment,
                   Fold<domain::assignment::State>(reader, host_feed, loaded.candidacy.assignment));
  loaded.host_word = domain::assignment::WordOn(loaded.assignment, exchange);
  return loaded;
}

absl::StatusOr<domain::professional::State> LoadProfessional(
    OwnProfessionals& professionals, Runner::Reader& reader, const membership::Circle& circle,
    const log::FeedId& private_feed, const std::optional<log::StreamId>& id) {
  if (!id.has_value()) return domain::professional::State();
  ASSIGN_OR_RETURN(const auto listing, professionals.Find(circle.id, *id));
  if (!listing.has_value()) return domain::professional::State();
  return Fold<domain::professional::State>(reader, private_feed, listing->professional);
}

absl::StatusOr<ProfessionalCommand> RunAboutProfessional(
    const Dependencies& parts, OwnProfessionals& professionals,
    const google::protobuf::Message& message, const poolcirkel::api::v1::CommandHeader& header,
    const std::string& id, const Actor& actor, const DecideProfessional& decide) {
  ProfessionalCommand run;
  ASSIGN_OR_RETURN(run.circle, parts.circles->Resolve(header.circle()));
  ASSIGN_OR_RETURN(run.id, ParseId("professional_id", id));
  ASSIGN_OR_RETURN(run.command, MakeCommand(message, header, run.circle->id, actor, *parts.ids));
  const domain::Context context = MakeContext(parts, *run.circle);
  const auto attempt = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state, LoadProfessional(professionals, reader, *run.circle,
                                                        context.private_feed, run.id));
    if (state.registered && header.has_expected_revision()) {
      reader.Expect(context.private_feed, state.private_id, header.expected_revision());
    }
    return decide(state, context);
  };
  ASSIGN_OR_RETURN(run.result, parts.runner->Run(run.command, attempt));
  return run;
}

absl::StatusOr<domain::circle::State> LoadCircle(Runner::Reader& reader,
                                                 const membership::Circle& circle) {
  domain::circle::State state;
  const log::StreamId stream = domain::circle::StreamOf(circle.id);
  for (const auto& member : circle.Members()) {
    ASSIGN_OR_RETURN(const auto events, reader.Stream(circle.FeedOf(member), stream));
    for (const auto& event : events) Evolve(state, event);
  }
  return state;
}

poolcirkel::api::v1::Receipt MakeReceipt(const CommandRequest& command,
                                         const Runner::Result& result,
                                         const membership::Circle& circle, const log::StreamId& id,
                                         uint64_t revision) {
  poolcirkel::api::v1::Receipt receipt;
  receipt.set_request_id(base::ToText(command.request));
  receipt.set_id(base::ToText(id));
  receipt.set_revision(revision);
  receipt.set_repeated(result.append.repeated);
  log::Cursor cursor;
  for (const auto& [feed, next] : result.append.cursor.positions()) {
    if (feed.circle == circle.id) cursor.Set(feed, next);
  }
  *receipt.mutable_cursor() = log::ToProto(cursor);
  return receipt;
}

absl::StatusOr<const Runner::Written*> FindWritten(const Runner::Result& result,
                                                   poolcirkel::event::v1::Event::BodyCase body) {
  const Runner::Written* written = result.Find(body);
  if (written == nullptr) {
    return absl::InternalError(absl::StrCat("the command wrote no event of kind ", body));
  }
  return written;
}

absl::StatusOr<ProposedCharter> FindProposed(const Runner::Result& result) {
  ASSIGN_OR_RETURN(const auto* written,
                   FindWritten(result, poolcirkel::event::v1::Event::kCharterProposed));
  const std::string& bytes = written->past.event.charter_proposed().charter();
  ASSIGN_OR_RETURN(auto charter, domain::circle::ParseCharter(bytes));
  return ProposedCharter{std::move(charter), domain::circle::CharterDigest(bytes)};
}

}  // namespace services::commands
