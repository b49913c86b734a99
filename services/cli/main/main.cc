#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/crypto/entropy.h"
#include "services/cli/app.h"

int main(int argc, char** argv) {
  // What gRPC says by itself is English and about its own insides; the tool explains every
  // failed call. Who wants to see it sets the variable.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  eventstore::base::SystemClock clock;
  eventstore::crypto::SystemEntropy entropy;
  services::cli::Environment environment;
  environment.out = &std::cout;
  environment.err = &std::cerr;
  environment.in = &std::cin;
  environment.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  environment.err_is_terminal = isatty(STDERR_FILENO) == 1;
  environment.clock = &clock;
  environment.entropy = &entropy;
  environment.variable = [](const std::string& name) {
    const char* value = getenv(name.c_str());
    return value == nullptr ? std::string() : std::string(value);
  };
  return services::cli::Run(std::vector<std::string>(argv + 1, argv + argc), environment);
}
