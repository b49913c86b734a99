#pragma once

#include <string>

#include "tests/simulation/simulation.h"

// What must hold; README.md has the list. Each tells Simulation::Fail what broke.
namespace tests::simulation {

// (a) (b) (d) (e): between steps, whoever is up.
void CheckAtAnyTime(Simulation& simulation);
// All of them, when everything is up and nothing is left to be done.
void CheckAtTheEnd(Simulation& simulation);

// (b) Two nodes agree on what they both hold of a feed, and with one cursor on the views.
void CheckAgreement(Simulation& simulation, bool views);
// (c) (d) No hours promised twice, no seat filled twice: promises.cc.
void CheckPromises(Simulation& simulation);
void CheckSeats(Simulation& simulation);
// (e) No feed, key or name at a node that is not entitled to it: secrets.cc.
void CheckFeedsAndKeys(Simulation& simulation);
void CheckNames(Simulation& simulation);
// (f) Nothing of the erased, where it was acknowledged.
void CheckErased(Simulation& simulation);
// (g) A cosignature that its witness did not make, at an honest node; or empty.
std::string FalseCosignature(Simulation& simulation);
// (g) A head that its writer did not sign, at an honest node; or empty.
std::string FalseHead(Simulation& simulation);
// Whether the node knows that the feed's writer told two stories.
bool IsFrozen(Simulation& simulation, size_t node, const eventstore::log::FeedId& feed);
// (h) What is left to be done; empty when nothing is.
std::string Unfinished(Simulation& simulation);

}  // namespace tests::simulation
