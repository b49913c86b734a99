#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/common.pb.h"

namespace services::audit::verify {

// One thing that a bundle says about an exchange.
struct Claim {
  enum class Kind {
    kProven,    // follows from signatures and hashes
    kAttested,  // a member says so and is bound to it by its signature
    kUnknown,   // cannot be seen from the bundle
  };
  Kind kind = Kind::kUnknown;
  // False when the bundle contradicts it, or does not show it although it should.
  bool ok = false;
  std::string sentence;  // Dutch, for a reader
};

// A feed whose newest shown head was signed, to hold against the heads of today.
struct ProvenFeed {
  eventstore::log::FeedId id;
  std::string name;  // of the member
  eventstore::crypto::PublicKey key;
  uint64_t size = 0;
  eventstore::crypto::Digest root;
  bool closed = false;
};

struct Report {
  // Every check that had to hold did. False with one claim that says why when the bytes
  // are no bundle at all.
  bool ok = false;
  std::vector<Claim> claims;
  std::vector<ProvenFeed> feeds;
  // When the bundle holds the exchange's key, and the terms fit the digest that both sides
  // signed.
  std::optional<poolcirkel::event::v1::Terms> terms;

  bool Add(Claim::Kind kind, bool holds, std::string sentence) {
    claims.push_back({kind, holds, std::move(sentence)});
    return holds;
  }
  bool Prove(bool holds, std::string_view yes, std::string_view no) {
    return Add(Claim::Kind::kProven, holds, std::string(holds ? yes : no));
  }
};

}  // namespace services::audit::verify
