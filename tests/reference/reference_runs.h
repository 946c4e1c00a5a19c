// The runs that Hinge is compared by: what runs.json says of them, and training one over its seeds.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "statistics.h"

/// A row of runs.json.
struct ReferenceRun {
  std::string table;
  std::string name;
  std::string config;                                          ///< a path
  std::vector<std::string> overrides = {};                     ///< as of `hinge train --set`
  std::vector<std::pair<std::string, std::string>> data = {};  ///< options of `data` that are paths, and the paths
  std::size_t seeds = 20;                                      ///< 1 to this
  std::size_t folds = 0;
  std::size_t first = 0;  ///< learns from this many training samples only; 0: from all
  double within = 0.01;   ///< how far the means may lie apart, where three standard errors are less
  std::vector<std::pair<std::string, Sample>> reference = {};  ///< figures by name; a deviation < 0 is not known

  /// The first path of `data` that is not there; "" when all are.
  std::string missing() const;
};

/// All runs of runs.json, in its order, with their data in `data_folder`. Throws hinge::Error for mistakes in the file.
std::vector<ReferenceRun> read_reference_runs(const std::string& data_folder);

/// The figures of one run for each seed, by name; with folds, the means over them:
///   test, train                  accuracy or R² (test is there where there is a test part)
///   squared_error, class_error   shares of the test part, of runs with a squared error on PROBEN1's classes
///   start_k, end_k               where the reference asks for them: the share of one-sided units of hidden layer k on
///                                the test part, before and after training
using Figures = std::map<std::string, std::vector<double>>;
Figures train_seeds(const ReferenceRun& run, std::size_t seeds);
