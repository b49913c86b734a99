#pragma once

#include <string>
#include <string_view>

namespace eventstore::base {

// Why the system could not do something, in Dutch for the causes that people can mend: from
// its errno, or from its English text as libraries pass it on. That text itself for other
// causes. Thread-safe.
std::string SystemErrorText(int error);
std::string SystemErrorText(std::string_view english);

}  // namespace eventstore::base
