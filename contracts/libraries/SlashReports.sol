// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IStakeRegistry} from "../interfaces/IStakeRegistry.sol";

/// @title SlashReports
/// @notice Who committed first to the report of a cheater, and is owed the reward.
library SlashReports {
    /// @notice How long a commitment can be shown, and how long after a slash an earlier one still takes the reward.
    /// Short, so that nobody has one ready for a day when it may be needed, without paying for a new one every few
    /// minutes.
    uint256 internal constant LIFE = 10 minutes;

    /// @notice Commitments by their hashes, with their times, and rewards by the leaves of the slashed stakes.
    struct Book {
        mapping(address reporter => mapping(bytes32 report => uint256 time)) commitments;
        mapping(uint256 leafIndex => IStakeRegistry.Reward reward) rewards;
    }

    /// @notice Remembers the caller's commitment to `report`.
    /// @dev Reverts with `StakeRegistryReportKnown`.
    /// @param book Where it is kept.
    /// @param report The hash.
    function commit(Book storage book, bytes32 report) internal {
        uint256 before = book.commitments[msg.sender][report];
        if (block.timestamp <= before + LIFE) revert IStakeRegistry.StakeRegistryReportKnown(report);

        book.commitments[msg.sender][report] = block.timestamp;
        emit IStakeRegistry.ReportCommitted(msg.sender, report);
    }

    /// @notice Uses up the caller's commitment to `report`, which must be neither of this moment nor too old.
    /// @dev Reverts with `StakeRegistryReportNotReady`.
    /// @param book Where it is kept.
    /// @param report The hash.
    /// @return committedAt When it was made.
    function show(Book storage book, bytes32 report) internal returns (uint256 committedAt) {
        committedAt = book.commitments[msg.sender][report];
        if (committedAt == block.timestamp || block.timestamp > committedAt + LIFE) {
            revert IStakeRegistry.StakeRegistryReportNotReady(report);
        }
        delete book.commitments[msg.sender][report];
    }

    /// @notice Enters the caller as the one to reward for a slash that it has just made.
    /// @param book Where it is kept.
    /// @param leafIndex Of the stake's note.
    /// @param class The stake's class.
    /// @param committedAt When the caller committed.
    function open(Book storage book, uint256 leafIndex, uint16 class, uint256 committedAt) internal {
        uint40 payableAt = uint40(block.timestamp + LIFE);
        book.rewards[leafIndex] = IStakeRegistry.Reward(msg.sender, uint40(committedAt), payableAt, class);
    }

    /// @notice Puts the caller in the place of whoever slashed `staker` but committed later.
    /// @dev Reverts with `StakeRegistryAlreadySlashed`.
    /// @param book Where it is kept.
    /// @param staker Who was slashed.
    /// @param leafIndex Of the stake's note.
    /// @param committedAt When the caller committed.
    function outdo(Book storage book, address staker, uint256 leafIndex, uint256 committedAt) internal {
        IStakeRegistry.Reward storage reward = book.rewards[leafIndex];
        if (committedAt >= reward.committedAt || block.timestamp >= reward.payableAt) {
            revert IStakeRegistry.StakeRegistryAlreadySlashed(staker);
        }
        (reward.reporter, reward.committedAt) = (msg.sender, uint40(committedAt));
        emit IStakeRegistry.ReportedEarlier(staker, msg.sender, leafIndex);
    }

    /// @notice Ends the race for a reward.
    /// @dev Reverts with `StakeRegistryNoReward`, or `StakeRegistryRewardOpen`.
    /// @param book Where it is kept.
    /// @param leafIndex Of the stake's note.
    /// @return reporter Whom to pay.
    /// @return class The class of the stake that was slashed.
    function close(Book storage book, uint256 leafIndex) internal returns (address reporter, uint256 class) {
        IStakeRegistry.Reward memory reward = book.rewards[leafIndex];
        if (reward.reporter == address(0)) revert IStakeRegistry.StakeRegistryNoReward(leafIndex);
        if (block.timestamp < reward.payableAt) revert IStakeRegistry.StakeRegistryRewardOpen(reward.payableAt);

        delete book.rewards[leafIndex];
        return (reward.reporter, reward.class);
    }
}
