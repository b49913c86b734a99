#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "services/cli/tool.h"

// Finds what people mean by part of an id or of a name, with a list call of the node.
namespace services::cli {

struct Candidate {
  std::string id;
  std::string name;            // also a way to name it; may be empty
  bool was_withdrawn = false;  // gives way to one that fits as well
};

// `text` is a whole id, the begin or the end of one (at least 6 characters), or the
// begin of one or more words of a name (at least 3). INVALID_ARGUMENT when more than one fits,
// unless it is the whole name of just one, or all but one were withdrawn, and when a short text
// fits nothing; NOT_FOUND (may be tried again: the node may not have seen it yet) when none does.
// `option` and `what` are for the message: "--assignment", "opdracht". Pure.
absl::StatusOr<std::string> Pick(const std::string& option, const std::string& what,
                                 const std::string& text, const std::vector<Candidate>& candidates);

// True for the text of a whole UUID: no list call is needed.
bool IsWholeId(const std::string& text);

// By id, or by title.
absl::StatusOr<std::string> FindAssignment(Tool& tool, const std::string& text);
// By id, or by pseudonym; among the member's own people, or among those of all members.
absl::StatusOr<std::string> FindOwnProfessional(Tool& tool, const std::string& text);
// The same of the own people, with the pseudonym when that was asked for.
absl::StatusOr<Candidate> FindWhom(Tool& tool, const std::string& text);
absl::StatusOr<std::string> FindProfessional(Tool& tool, const std::string& text);
absl::StatusOr<std::string> FindExchange(Tool& tool, const std::string& text);
// By id, or by title.
absl::StatusOr<std::string> FindSession(Tool& tool, const std::string& text);
absl::StatusOr<std::string> FindSignUp(Tool& tool, const std::string& text);
// A place with its position, or the short name of a member: where that is.
absl::StatusOr<poolcirkel::event::v1::Location> FindLocation(Tool& tool, const std::string& option,
                                                             const std::string& text);

}  // namespace services::cli
