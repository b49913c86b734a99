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

// Of the events from the one of `first` up to `last`, or of what `first` is about.
std::string ToText(const Finding& first, uint64_t last) {
  const bool many = first.sequence && last > first.sequence->value();
  std::string text = PartText(first.part);
  if (first.sequence) absl::StrAppend(&text, " ", first.sequence->value());
  if (many) absl::StrAppend(&text, " tot en met ", last);
  if (first.event) absl::StrAppend(&text, " (", base::ToText(*first.event), ")");
  if (first.feed) absl::StrAppend(&text, " van reeks ", log::Origin(*first.feed));
  if (!first.database.empty()) absl::StrAppend(&text, " in ", first.database);
  if (!first.place.empty()) absl::StrAppend(&text, ", ", first.place);
  return absl::StrCat(text, ": ", first.detail);
}

// Whether `next` is about the event after `last`, and says the same.
bool Continues(const Finding& first, uint64_t last, const Finding& next) {
  return first.part == Part::kRecord && next.part == Part::kRecord && first.sequence &&
         next.sequence && next.sequence->value() == last + 1 && !first.event && !next.event &&
         first.feed == next.feed && first.database == next.database && first.place == next.place &&
         first.detail == next.detail;
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

std::string ToText(const Finding& finding) { return ToText(finding, 0); }

std::vector<std::string> ToLines(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (size_t first = 0; first < findings.size();) {
    size_t next = first + 1;
    uint64_t last = findings[first].sequence ? findings[first].sequence->value() : 0;
    while (next < findings.size() && Continues(findings[first], last, findings[next])) {
      ++next;
      ++last;
    }
    lines.push_back(ToText(findings[first], last));
    first = next;
  }
  return lines;
}

void Report::Add(Finding finding) {
  if (findings.size() >= kMaximumFindings) {
    ++left_out;
  } else {
    findings.push_back(std::move(finding));
  }
}

}  // namespace eventstore::check
