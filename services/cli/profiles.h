#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace services::cli {

// Which node to speak to, and as whom.
struct Profile {
  std::string address;      // "127.0.0.1:7101"
  std::string certificate;  // file: the API certificate of the node, PEM
  std::string token_file;   // file: the token of the user
  std::string circle;       // short name or id
  // The circle's id in hexadecimal, as learned out of band: what evidence is
  // verified against. May be empty.
  std::string circle_id;
};

// The profiles of one user by name, kept in a YAML file:
//
//   profiles:
//     rotterdam:
//       address: 127.0.0.1:7101
//       certificate: rotterdam/api.crt.pem   # relative to this file
//       token_file: rotterdam/token
//       circle: randstad
//
// INVALID_ARGUMENT names what is wrong; a file that is not there holds no profiles.
// Paths in the result are absolute or relative to the working directory.
absl::StatusOr<std::map<std::string, Profile>> ReadProfiles(const std::string& path);
// The same of the text of a file that stands at `path`. Pure.
absl::StatusOr<std::map<std::string, Profile>> ParseProfiles(const std::string& text,
                                                             const std::string& path);

// Puts the profiles in place of the file. Paths are written as they are.
absl::Status WriteProfiles(const std::string& path, const std::map<std::string, Profile>& profiles);

}  // namespace services::cli
