#include "eventstore/check/findings.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace eventstore::check {
namespace {

const char* PartText(Part part) {
  switch (part) {
    case Part::kRecord:
      return "gebeurtenis";
    case Part::kFeedName:
      return "naam van een reeks";
    case Part::kStreamIndex:
      return "stroomlijst";
    case Part::kRequestIndex:
      return "verzoekenlijst";
    case Part::kTile:
      return "tegel van de boom";
    case Part::kCheckpoint:
      return "ondertekende stand";
    case Part::kCosignature:
      return "medeondertekening";
    case Part::kHeadFile:
      return "kopbestand";
    case Part::kKeyFile:
      return "sleutelbestand";
    case Part::kDatabase:
      return "database";
  }
  return "";
}

}  // namespace

const char* PartName(Part part) {
  switch (part) {
    case Part::kRecord:
      return "RECORD";
    case Part::kFeedName:
      return "FEED_NAME";
    case Part::kStreamIndex:
      return "STREAM_INDEX";
    case Part::kRequestIndex:
      return "REQUEST_INDEX";
    case Part::kTile:
      return "TILE";
    case Part::kCheckpoint:
      return "CHECKPOINT";
    case Part::kCosignature:
      return "COSIGNATURE";
    case Part::kHeadFile:
      return "HEAD_FILE";
    case Part::kKeyFile:
      return "KEY_FILE";
    case Part::kDatabase:
      return "DATABASE";
  }
  return "";
}

std::string ToText(const Finding& finding) {
  std::string text = PartText(finding.part);
  if (finding.sequence) absl::StrAppend(&text, " ", finding.sequence->value());
  if (finding.event) absl::StrAppend(&text, " (", base::ToText(*finding.event), ")");
  if (finding.feed) absl::StrAppend(&text, " van reeks ", log::Origin(*finding.feed));
  if (!finding.database.empty()) absl::StrAppend(&text, " in ", finding.database);
  if (!finding.place.empty()) absl::StrAppend(&text, ", ", finding.place);
  return absl::StrCat(text, ": ", finding.detail);
}

void Report::Add(Finding finding) {
  if (findings.size() >= kMaximumFindings) {
    ++left_out;
  } else {
    findings.push_back(std::move(finding));
  }
}

}  // namespace eventstore::check
