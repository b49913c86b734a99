#include "eventstore/log/append_checks.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"

namespace eventstore::log {

RecordParts PartsOf(const AppendRequest& request, const NewRecord& record) {
  RecordParts parts;
  parts.id = record.id;
  parts.type = record.type;
  parts.stream = record.stream;
  parts.feed = record.feed;
  parts.request = request.request;
  parts.request_digest = request.request_digest;
  parts.payload = record.payload;
  return parts;
}

std::vector<absl::Status> CheckRequest(const AppendRequest& request) {
  std::vector<absl::Status> failed;
  if (request.records.empty() || request.records.size() > kMaximumRecordsPerRequest) {
    failed.push_back(
        base::InvalidField("records", absl::StrCat("zijn er 1 tot ", kMaximumRecordsPerRequest)));
  }
  for (const NewRecord& record : request.records) {
    absl::Status status = CheckParts(PartsOf(request, record), record.actor);
    if (!status.ok()) failed.push_back(std::move(status));
    if (failed.size() >= 100) break;  // enough to act on
  }
  return failed;
}

absl::Status FeedUnknown(const FeedId& feed) {
  return base::Refusal(absl::StatusCode::kNotFound, "FEED_UNKNOWN",
                       absl::StrCat("reeks ", Origin(feed), " is niet van dit lid"))
      .Metadata("feed", Origin(feed))
      .Remedy("kies een poolcirkel waarin dit lid meedoet");
}

absl::Status FeedLocked(const FeedId& feed) {
  return base::Refusal(absl::StatusCode::kUnavailable, "FEED_LOCKED",
                       absl::StrCat("reeks ", Origin(feed),
                                    " is alleen te lezen tot anderen de stand bevestigen"))
      .Metadata("feed", Origin(feed))
      .Remedy("wacht tot andere leden bereikbaar zijn, of laat een beheerder de reeks vrijgeven")
      .Retry(absl::Seconds(2));
}

absl::Status LogKeyMissing(const FeedId& feed) {
  return base::Refusal(absl::StatusCode::kFailedPrecondition, "LOG_KEY_MISSING",
                       absl::StrCat("de logsleutel van reeks ", Origin(feed), " is er niet meer"))
      .Metadata("feed", Origin(feed))
      .Remedy("laat de poolcirkel de sleutel vervangen: `poolcirkel circle replace-key`");
}

absl::Status StaleRevision(const StreamId& stream, uint64_t expected, uint64_t current) {
  return base::Refusal(absl::StatusCode::kAborted, "STALE_REVISION",
                       absl::StrCat("er is intussen iets veranderd: versie ", current,
                                    " in plaats van ", expected))
      .Metadata("stream", base::ToText(stream))
      .Metadata("current_revision", absl::StrCat(current))
      .Remedy("lees opnieuw en probeer het nog eens")
      .Retry(absl::ZeroDuration());
}

absl::Status RequestIdReused(const RequestId& request) {
  return base::Refusal(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                       "onder dit kenmerk is al een ander verzoek uitgevoerd")
      .Metadata("request_id", base::ToText(request))
      .Remedy("geef elk nieuw verzoek een eigen kenmerk");
}

absl::Status QueueFull() {
  return base::Refusal(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                       "er wachten te veel verzoeken")
      .Remedy("probeer het zo dadelijk opnieuw met hetzelfde kenmerk")
      .Retry(absl::Milliseconds(200));
}

absl::Status WritingStopped(const absl::Status& cause) {
  struct Known {
    const char* reason;
    const char* message;
    const char* remedy;
  };
  const auto known = [&]() -> Known {
    switch (storage::TroubleOf(cause)) {
      case storage::DiskTrouble::kFull:
        return {"DISK_FULL", "de schijf is vol, er wordt niets meer vastgelegd",
                "maak ruimte vrij; het schrijven gaat daarna vanzelf verder"};
      case storage::DiskTrouble::kReadOnly:
        return {"DISK_READ_ONLY", "de schijf is alleen te lezen, er wordt niets meer vastgelegd",
                "maak de schijf weer schrijfbaar; het schrijven gaat daarna vanzelf verder"};
      case storage::DiskTrouble::kTooManyFiles:
        return {"TOO_MANY_FILES", "er zijn te veel bestanden open, er wordt niets meer vastgelegd",
                "verhoog de grens van open bestanden; het schrijven gaat daarna vanzelf verder"};
      default:
        return {"WRITING_STOPPED", "schrijven naar de schijf lukt niet",
                "laat een beheerder de schijf nakijken; het schrijven gaat vanzelf verder zodra "
                "het weer lukt"};
    }
  }();
  return base::Refusal(absl::StatusCode::kUnavailable, known.reason,
                       absl::StrCat(known.message, " (", cause.message(), ")"))
      .Remedy(absl::StrCat(known.remedy, "; herhaal dan het verzoek met hetzelfde kenmerk"))
      .Retry(absl::Seconds(5));
}

absl::Status OwnDamaged(const absl::Status& cause) {
  if (!absl::IsDataLoss(cause)) return WritingStopped(cause);
  if (!base::DetailsOf(cause).reason.empty()) return cause;
  return base::Refusal(
             absl::StatusCode::kDataLoss, "OWN_DAMAGED",
             absl::StrCat("het eigen logboek is beschadigd en alleen te lezen: ", cause.message()))
      .Remedy(
          "kijk met `poolcirkel log fsck` wat er mis is en maak met `poolcirkel log repair` een "
          "nieuwe database, of zet een reservekopie terug");
}

}  // namespace eventstore::log
