#pragma once

#include <string_view>
#include <vector>

// What reads foreign bytes, one function each: it gives the bytes to the code, and ends
// the process when a property does not hold that must hold for every input. The fuzzer
// looks for such an input; the tests run the known ones.
namespace tests::fuzz {

struct Target {
  const char* name;  // of its corpus: tests/fuzz/corpus/<name>
  void (*run)(std::string_view input);
};

// By name.
const std::vector<Target>& Targets();

void Bundle(std::string_view input);
void Certificate(std::string_view input);
void Charter(std::string_view input);
void CharterChain(std::string_view input);
void Checkpoint(std::string_view input);
void Config(std::string_view input);
void Details(std::string_view input);
void Disclosure(std::string_view input);
void EventPayload(std::string_view input);
void Heads(std::string_view input);
void Input(std::string_view input);
void Json(std::string_view input);
void KeyNames(std::string_view input);
void Keys(std::string_view input);
void Note(std::string_view input);
void Package(std::string_view input);
void Profiles(std::string_view input);
void Proof(std::string_view input);
void Record(std::string_view input);
void Sealed(std::string_view input);
void Text(std::string_view input);
void Tiles(std::string_view input);
void TlogProof(std::string_view input);
void Tokens(std::string_view input);

}  // namespace tests::fuzz
