// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ICheckpointRegistry} from "../interfaces/ICheckpointRegistry.sol";
import {INoteSource} from "../interfaces/INoteSource.sol";
import {INoteTree} from "../interfaces/INoteTree.sol";

/// @title NetworkTerms
/// @notice What clients and nodes of a network agree on: checked where it is chosen, and hashed as checkpoints have it.
library NetworkTerms {
    uint256 private constant MOST_TEXT = 8192;
    uint256 private constant MOST_URL = 256;
    uint256 private constant MOST_BITS = 64;
    uint256 private constant MOST_SECONDS = 12 hours;
    uint256 private constant MOST_ENTRIES = 64;
    uint256 private constant MOST_ISSUERS = 16;

    /// @notice The terms that a choice gives, with the classes as their contracts have them.
    /// @param chosen What the network's owner chose.
    /// @param decimals Of the network's token.
    /// @param tree The note tree: what it does not take notes from has no classes.
    /// @param isIssuer The keys that terms can name.
    /// @return terms The terms.
    function resolve(
        ICheckpointRegistry.Choice calldata chosen,
        uint8 decimals,
        INoteTree tree,
        mapping(uint256 x => mapping(uint256 y => bool)) storage isIssuer
    ) internal view returns (ICheckpointRegistry.Terms memory terms) {
        _check(ICheckpointRegistry.Term.Floor, bytes(chosen.floor).length, 1, MOST_TEXT);
        _check(ICheckpointRegistry.Term.DefaultRule, bytes(chosen.defaultRule).length, 1, MOST_TEXT);
        _check(ICheckpointRegistry.Term.RequestBits, chosen.requestBits, 0, MOST_BITS);
        _check(ICheckpointRegistry.Term.CheckpointSeconds, chosen.checkpointSeconds, 1, MOST_SECONDS);
        _check(ICheckpointRegistry.Term.Classes, chosen.classes.length, 0, MOST_ENTRIES);
        _check(ICheckpointRegistry.Term.Nodes, chosen.nodes.length, 0, MOST_ENTRIES);

        for (uint256 i = 0; i < chosen.nodes.length; ++i) _checkUrl(chosen.nodes[i].url);
        _checkIssuers(chosen.issuers, isIssuer);

        (terms.floor, terms.defaultRule) = (chosen.floor, chosen.defaultRule);
        (terms.requestBits, terms.checkpointSeconds) = (chosen.requestBits, chosen.checkpointSeconds);
        (terms.decimals, terms.nodes, terms.issuers) = (decimals, chosen.nodes, chosen.issuers);
        terms.classes = new INoteSource.NoteClass[](chosen.classes.length);
        for (uint256 i = 0; i < terms.classes.length; ++i) terms.classes[i] = _read(chosen.classes[i], tree);
    }

    /// @notice The hash of terms, as a checkpoint's header has it.
    /// @param terms The terms.
    /// @return The hash.
    function hashOf(ICheckpointRegistry.Terms memory terms) internal pure returns (bytes32) {
        bytes memory nodes;
        for (uint256 i = 0; i < terms.nodes.length; ++i) {
            nodes = abi.encodePacked(nodes, keccak256(bytes(terms.nodes[i].url)), terms.nodes[i].key);
        }
        bytes memory issuers;
        for (uint256 i = 0; i < terms.issuers.length; ++i) {
            ICheckpointRegistry.Issuer memory issuer = terms.issuers[i];
            issuers = abi.encodePacked(issuers, keccak256(bytes(issuer.url)), issuer.x, issuer.y);
        }
        return
            keccak256(
                abi.encode(
                    "pennypost/terms/v1",
                    keccak256(bytes(terms.floor)),
                    keccak256(bytes(terms.defaultRule)),
                    terms.requestBits,
                    terms.decimals,
                    terms.checkpointSeconds,
                    keccak256(abi.encode(terms.classes)),
                    keccak256(nodes),
                    keccak256(issuers)
                )
            );
    }

    /// @dev Each has a key that was added, which shows that it is in the subgroup, and none has another's.
    function _checkIssuers(
        ICheckpointRegistry.Issuer[] calldata issuers,
        mapping(uint256 x => mapping(uint256 y => bool)) storage isIssuer
    ) private view {
        _check(ICheckpointRegistry.Term.Issuers, issuers.length, 0, MOST_ISSUERS);
        for (uint256 i = 0; i < issuers.length; ++i) {
            (uint256 x, uint256 y) = (issuers[i].x, issuers[i].y);
            _checkUrl(issuers[i].url);
            if (!isIssuer[x][y]) revert ICheckpointRegistry.CheckpointRegistryIssuerUnknown(x, y);
            for (uint256 j = 0; j < i; ++j) {
                bool isSame = issuers[j].x == x && issuers[j].y == y;
                if (isSame) revert ICheckpointRegistry.CheckpointRegistryIssuerTwice(x, y);
            }
        }
    }

    function _read(
        ICheckpointRegistry.ClassPlace calldata place,
        INoteTree tree
    ) private view returns (INoteSource.NoteClass memory class) {
        uint8 kind = tree.kindOf(place.source);
        if (kind == 0) revert ICheckpointRegistry.CheckpointRegistryClassForeign(place.source, place.number);
        class = INoteSource(place.source).noteClass(place.number);
        bool isItself = class.kind == kind && class.source == place.source && class.number == place.number;
        if (!isItself) revert ICheckpointRegistry.CheckpointRegistryClassForeign(place.source, place.number);
    }

    function _checkUrl(string calldata url) private pure {
        _check(ICheckpointRegistry.Term.Url, bytes(url).length, 1, MOST_URL);
    }

    function _check(ICheckpointRegistry.Term term, uint256 value, uint256 least, uint256 most) private pure {
        if (value >= least && value <= most) return;
        revert ICheckpointRegistry.CheckpointRegistryTermOutOfRange(term, value, least, most);
    }
}
