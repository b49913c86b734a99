#pragma once

#include <functional>
#include <string>

#include "poolcirkel/event/v1/event.pb.h"
#include "tests/simulation/lies.h"

// What lies are made of.
namespace tests::simulation {

inline Node& Liar(Simulation& simulation) { return simulation.NodeAt(kLiar); }
// Its feed of circle 0, also when it is down.
eventstore::log::FeedId LiarsFeed(Simulation& simulation);
// Lies that have a moment begin after some steps.
bool MayLie(Simulation& simulation, int step);
// Appends anything to a feed of the liar's of circle 0, signed as ever.
void AppendLie(Simulation& simulation, eventstore::log::EventLog& to,
               const eventstore::log::StreamId& stream, const poolcirkel::event::v1::Event& body);

// Lies in heads and charters: lies_signed.cc.
Lie ReplayedCosignature();
Lie SignsForOthers();
Lie CharterWithoutQuorum();

}  // namespace tests::simulation
