#pragma once

#include <CLI/App.hpp>
#include <string>

namespace services::cli {

// How a user of `verb` wrote the field of its request: "--start" for
// "assignment.start_date", "--skill (assignment.skills[1].uri)" for a part of a value or
// another unit. The field itself when `verb` has no such option, or when it read the request from a
// file, in which the field has that name. Pure.
std::string OptionOf(const CLI::App& verb, const std::string& field);

}  // namespace services::cli
