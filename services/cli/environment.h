#pragma once

#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"

namespace services::cli {

// What the tool gets of the machine; nothing is owned. Tests hand in their own.
struct Environment {
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  const eventstore::base::Clock* clock = nullptr;
  eventstore::base::Entropy* entropy = nullptr;
  // A variable of the environment; empty when it is not set.
  std::function<std::string(const std::string& name)> variable;
  // What a person types; nullptr: nobody is there to answer.
  std::istream* in = nullptr;
};

}  // namespace services::cli
