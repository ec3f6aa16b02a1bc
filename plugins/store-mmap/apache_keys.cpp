#include "plugins/store-mmap/apache_keys.h"

#include <optional>
#include <string>
#include <utility>

namespace gantry::store {

void declare_apache_keys(api::OptionSet& set) {
  const auto told = [&](std::string name, std::string value, std::string why) {
    set.without_effect({.name = std::move(name), .why = std::move(why), .told = std::move(value)});
  };
  const auto only = [&](std::string name, std::string value, std::string otherwise) {
    set.without_effect({.name = std::move(name),
                        .why = {},
                        .told = value,
                        .same_here = {std::move(value)},
                        .otherwise = std::move(otherwise)});
  };
  only("readOnlyCommitLogStorePaths", "",
       "files of the log are looked for in storePathCommitLog; name all directories there");
  only("enableConsumeQueueExt", "false",
       "queues are written without extensions; remove consumequeue/, so that it is made again without them, "
       "and "
       "write false");
  only("duplicationEnable", "false", "the log is not written twice; write false");

  // In many files that people have, though Apache's broker has not read them for years either.
  const std::string below_root = "it always lies in storePathRootDir, as with Apache's broker";
  for (const std::string name : {"storePathConsumeQueue", "storePathIndex", "storeCheckpoint", "abortFile"})
    set.without_effect({.name = name, .why = below_root, .told = std::nullopt});

  const std::string checkpoint = "queues are written before each checkpoint: see checkpoint_interval";
  told("flushIntervalConsumeQueue", "1000", checkpoint);
  told("flushConsumeQueueLeastPages", "2", checkpoint);
  told("flushConsumeQueueThoroughInterval", "60000", checkpoint);
  const std::string pool = "the pool is written every commit_interval, whatever is in it";
  told("commitCommitLogLeastPages", "4", pool);
  told("commitCommitLogThoroughInterval", "200", pool);
  told("transientStorePoolSize", "5", "see pool_size");
  told("fastFailIfNoBufferInStorePool", "false", "what finds no room is refused: see max_waiting");
  told("flushCommitLogTimed", "true", "the log is synced at intervals, and sooner when much has come");
  told("syncFlushTimeout", "5000", "a sender that waits for the disk is told so after five seconds");
  told("useReentrantLockWhenPutMessage", "true", "no sender waits for another's lock");
  const std::string mapping = "the log is not written through a mapping";
  told("warmMapedFileEnable", "false", mapping);
  told("flushLeastPagesWhenWarmMapedFile", "4096", mapping);
  const std::string removal = "files are removed at once: who reads them keeps them until then";
  told("destroyMapedFileIntervalForcibly", "120000", removal);
  told("redeleteHangedFileInterval", "120000", removal);
  const std::string often = "expired files are looked for every ten seconds";
  told("cleanResourceInterval", "10000", often);
  told("deleteCommitLogFilesInterval", "100", often);
  told("deleteConsumeQueueFilesInterval", "100", often);
  told("messageIndexSafe", "false", "a start after a crash makes the index right by itself");
  told("putMsgIndexHightWater", "600000", "the index keeps up by itself");
  const std::string extension = "it belongs to enableConsumeQueueExt";
  told("mappedFileSizeConsumeQueueExt", "50331648", extension);
  told("bitMapLengthConsumeQueueExt", "64", extension);
  told("debugLockEnable", "false", "there is no such lock");
}

}  // namespace gantry::store
