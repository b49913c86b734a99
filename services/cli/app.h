#pragma once

#include <string>
#include <vector>

#include "services/cli/environment.h"

namespace services::cli {

// Runs `poolcirkel` with its arguments, without the program's name, and returns the
// exit code (output.h). Writes only to the streams of `environment`. One call at a
// time; no exception leaves it.
int Run(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace services::cli
