#pragma once

#include <memory>
#include <string>
#include <vector>

#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/privacy/sealing.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "tests/eventstore/replication/story.h"

// What targets hold foreign bytes against, and what the seeds of the corpus are made
// from: all of it is the same on every run.
namespace tests::fuzz {

using eventstore::replication::Person;
using eventstore::replication::Story;

// A circle of three; the first writes the story, the second a fork of it under the same
// key, which is what a member with two histories does.
struct KnownCircle {
  KnownCircle();

  std::vector<Person> people;
  Story story;
  Story fork;
};
const KnownCircle& TheCircle();

// Leaves and all roots of a tree of this size.
inline constexpr uint64_t kTreeSize = 70;
struct KnownTree {
  KnownTree();

  std::vector<std::string> entries;
  std::vector<eventstore::crypto::Digest> leaves;
  std::vector<eventstore::crypto::Digest> roots;  // roots[n] of the first n leaves
};
const KnownTree& TheTree();
// RFC 6962 proofs in it.
std::vector<eventstore::crypto::Digest> InclusionPath(uint64_t index, uint64_t size);
std::vector<eventstore::crypto::Digest> ConsistencyPath(uint64_t from, uint64_t to);

// A charter of three, signed by all of them, and one that follows it.
poolcirkel::event::v1::SignedCharter FirstCharter();
poolcirkel::event::v1::SignedCharter NextCharter();

// A key file with one key of each class, and an event that is sealed with them.
struct KnownSeal {
  KnownSeal();

  eventstore::log::CircleId circle;
  eventstore::log::MemberId member;
  eventstore::log::StreamId stream;
  eventstore::log::EventId event_id;
  eventstore::privacy::SealingKeys names;
  std::unique_ptr<eventstore::privacy::KeyFile> keys;
  poolcirkel::event::v1::Event clear;
  poolcirkel::event::v1::Event sealed;
};
const KnownSeal& TheSeal();

// A professional of the first member, whose story says so, and who that is.
struct KnownProfessional {
  KnownProfessional();

  poolcirkel::peer::v1::DiscloseResponse answer;
  Story story;
};
const KnownProfessional& TheProfessional();

}  // namespace tests::fuzz
