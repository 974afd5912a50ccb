// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Payments} from "../../../contracts/Payments.sol";
import {IPayments} from "../../../contracts/interfaces/IPayments.sol";
import {TestBase} from "./TestBase.sol";

/// @notice Trees of recipients, and their verdicts; recipient number i is the account of key `KEY + i`.
abstract contract PaymentTools is TestBase {
    uint256 internal constant KEY = 0x5EC4E7;
    uint96 internal constant MOST = 100e18;
    uint96 internal constant MOST_TIP = 70e18;
    bytes32 internal constant USE = keccak256("a lane");

    Payments internal payments;
    uint256 internal deliverBy;

    function _rate() internal pure returns (IPayments.Rate memory) {
        return IPayments.Rate({base: 1e18, bond: 5e18, tip: 2e18});
    }

    function _terms(
        address sender,
        uint256 count,
        IPayments.Rate memory rate
    ) internal view returns (IPayments.Terms memory) {
        return IPayments.Terms(sender, uint32(count), uint40(deliverBy), _root(count), rate);
    }

    function _idOf(IPayments.Terms memory terms) internal pure returns (bytes32) {
        IPayments.Rate memory rate = terms.rate;
        return
            keccak256(
                abi.encode(
                    "pennypost/payment/v1",
                    terms.sender,
                    uint256(terms.count),
                    uint256(terms.deliverBy),
                    terms.root,
                    uint256(rate.base),
                    uint256(rate.bond),
                    uint256(rate.tip)
                )
            );
    }

    function _recipient(uint256 index) internal pure returns (address) {
        return vm.addr(KEY + index);
    }

    function _opening(
        IPayments.Terms memory terms,
        uint256 index,
        IPayments.Verdict verdict
    ) internal view returns (IPayments.Opening memory) {
        bytes32[] memory siblings = _path(terms.count, index);
        bytes memory signature = _sign(KEY + index, address(payments), _idOf(terms), index, verdict);
        address recipient = _recipient(index);
        return IPayments.Opening(index, recipient, USE, _salt(index), siblings, verdict, signature);
    }

    function _batch(
        IPayments.Terms memory terms,
        IPayments.Opening[] memory openings
    ) internal pure returns (IPayments.Batch[] memory batches) {
        batches = new IPayments.Batch[](1);
        batches[0] = IPayments.Batch(terms, openings);
    }

    function _sign(
        uint256 key,
        address verifier,
        bytes32 payment,
        uint256 index,
        IPayments.Verdict verdict
    ) internal view returns (bytes memory) {
        string memory word = verdict == IPayments.Verdict.Fine ? "fine" : "spam";
        return _signAs(key, _domain("1", block.chainid, verifier), payment, index, word);
    }

    function _signAs(
        uint256 key,
        bytes32 domain,
        bytes32 payment,
        uint256 index,
        string memory word
    ) internal pure returns (bytes memory) {
        bytes32 kind = keccak256("Verdict(bytes32 payment,uint256 index,string verdict)");
        bytes32 fields = keccak256(abi.encode(kind, payment, index, keccak256(bytes(word))));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, fields)));
        return abi.encodePacked(r, s, v);
    }

    function _domain(string memory version, uint256 chainId, address verifier) internal pure returns (bytes32) {
        bytes32 kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return
            keccak256(abi.encode(kind, keccak256("Pennypost Payments"), keccak256(bytes(version)), chainId, verifier));
    }

    function _salt(uint256 index) internal pure returns (bytes32) {
        return keccak256(abi.encode("salt", index));
    }

    /// @notice The leaves and nodes of a tree of `count` recipients, level by level.
    function _levels(uint256 count) internal pure returns (bytes32[][] memory levels) {
        uint256 depth = 0;
        while ((1 << depth) < count) depth++;
        levels = new bytes32[][](depth + 1);
        levels[0] = new bytes32[](1 << depth);
        for (uint256 i = 0; i < count; i++) {
            levels[0][i] = keccak256(abi.encode("pennypost/recipient/v1", _recipient(i), USE, _salt(i)));
        }
        for (uint256 level = 1; level <= depth; level++) {
            levels[level] = new bytes32[](1 << (depth - level));
            for (uint256 i = 0; i < levels[level].length; i++) {
                levels[level][i] = keccak256(abi.encode(levels[level - 1][2 * i], levels[level - 1][2 * i + 1]));
            }
        }
    }

    function _root(uint256 count) internal pure returns (bytes32) {
        bytes32[][] memory levels = _levels(count);
        return levels[levels.length - 1][0];
    }

    function _path(uint256 count, uint256 index) internal pure returns (bytes32[] memory siblings) {
        bytes32[][] memory levels = _levels(count);
        siblings = new bytes32[](levels.length - 1);
        for (uint256 level = 0; level < siblings.length; level++) siblings[level] = levels[level][(index >> level) ^ 1];
    }
}
