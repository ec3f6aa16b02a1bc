// What a start makes of the key index that it finds: which files stay, which one goes on growing, and from
// where the log must be read again. It removes what cannot be used.
//
//   the checkpoint knows the index      files after the one that it names are removed: their messages come
//                                       again. That one is taken as it is after a clean stop; otherwise its
//                                       slots are made again from the entries that were durable.
//   the one that it names is missing    a start may have gone on in the one before it: the slots of that are
//                                       made again
//   Apache's broker stopped cleanly     its headers are believed
//   it did not                          the last file, and what follows one that is not full, are removed
//   a file is damaged or does not fit   it and those after it are removed
//
// Damage in old files shows only when they are searched: here their header and first and last entry are read.
#pragma once

#include "kernel/api/positions.h"
#include "plugins/store-mmap/file_system.h"
#include "plugins/store-mmap/growing_index.h"
#include "plugins/store-mmap/index_file.h"
#include "plugins/store-mmap/index_position.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gantry::store {

struct IndexToRecover {
  std::filesystem::path directory;
  IndexGeometry geometry;
  std::optional<IndexPosition> position;  // nullopt: Apache's broker wrote last
  bool clean = false;
  api::LogOffset log_first, log_end;
};

struct RecoveredIndex {
  std::vector<SealedIndex> sealed;
  std::unique_ptr<GrowingIndex> growing;  // nullptr: the next key begins a file
  api::LogOffset follow_from;
  api::LogOffset repeats_before;  // messages before it are in, though they come again
  std::vector<std::string> warnings;
};

IoResult<RecoveredIndex> recover_index(FileSystem& files, const IndexToRecover& what);

}  // namespace gantry::store
