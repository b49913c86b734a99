#pragma once

#include <map>
#include <string>
#include <vector>

#include "eventstore/crypto/signature.h"
#include "eventstore/log/record.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/tree.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "poolcirkel/log/v1/bundle.pb.h"

namespace tests::audit::verify {

// Makes a bundle by hand, with all keys at hand: also those that no honest member would
// make. Member 0 hosts, member 1 lends. Not thread-safe.
class Maker {
 public:
  explicit Maker(int members);

  // A whole bundle, everything signed; each time the same bytes.
  poolcirkel::log::v1::Bundle Make();

  // ---- what may be changed before Make ----
  poolcirkel::event::v1::Charter charter;  // version 0
  // Versions after it; signed by the first `quorum` members of the version before.
  std::vector<poolcirkel::event::v1::Charter> later;
  // Cosigners of the acceptance, by head: size of the host's feed, and who.
  std::map<uint64_t, std::vector<int>> cosigners;
  // The epoch that everybody writes in, and its keys.
  uint32_t host_epoch = 0;
  bool with_key = true;
  bool released = false;            // the lender lets go of its confirmation
  std::string lender_terms_digest;  // another than the host's

  // ---- parts ----
  eventstore::log::CircleId circle() const;
  eventstore::log::MemberId Member(int i) const;
  const eventstore::crypto::PrivateKey& Key(int i, uint32_t epoch = 0) const;
  eventstore::log::FeedId Feed(int i) const;
  // A note of a head of that size: signed by its writer and cosigned, in order of name.
  std::string Note(int writer, uint64_t size, const std::vector<int>& witnesses) const;
  std::vector<eventstore::crypto::Digest> Path(int writer, uint64_t index, uint64_t size) const;
  uint64_t SizeOf(int writer) const { return feeds_.at(writer).size(); }
  uint64_t AcceptedAt() const { return accepted_at_; }
  eventstore::crypto::Digest RootOf(int writer, uint64_t size) const;

  eventstore::log::StreamId exchange;
  eventstore::log::StreamId assignment;

 private:
  uint64_t Append(int writer, const eventstore::log::StreamId& stream, const std::string& type,
                  const poolcirkel::event::v1::Event& body, const eventstore::log::EventId& id);
  uint64_t Append(int writer, const eventstore::log::StreamId& stream, const std::string& type,
                  const poolcirkel::event::v1::Event& body);
  eventstore::log::EventId NewId();
  void Noise(int writer);
  void WriteHost();
  void WriteLender();
  poolcirkel::event::v1::Event Selection(const eventstore::log::EventId& id);
  std::string Sign(int member, uint32_t epoch, int party) const;
  void AddCharters(poolcirkel::log::v1::Bundle& bundle) const;
  void AddFeed(int writer, const std::vector<uint64_t>& shown,
               const std::map<uint64_t, std::vector<int>>& heads,
               poolcirkel::log::v1::Bundle& bundle) const;

  std::map<std::pair<int, uint32_t>, eventstore::crypto::PrivateKey> keys_;
  std::map<int, std::vector<eventstore::log::StoredEvent>> feeds_;
  std::vector<uint64_t> of_host_;
  std::vector<uint64_t> of_lender_;
  uint64_t accepted_at_ = 0;
  uint8_t next_id_ = 1;
  std::string digest_;
  std::string secret_;
};

}  // namespace tests::audit::verify
