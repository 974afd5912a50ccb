// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PoseidonT3} from "poseidon-solidity/PoseidonT3.sol";
import {PoseidonT5} from "poseidon-solidity/PoseidonT5.sol";
import {CheckpointRegistry} from "../../../contracts/CheckpointRegistry.sol";
import {NoteTree} from "../../../contracts/NoteTree.sol";
import {PostageToken} from "../../../contracts/PostageToken.sol";
import {ICheckpointRegistry} from "../../../contracts/interfaces/ICheckpointRegistry.sol";
import {IPostage} from "../../../contracts/interfaces/IPostage.sol";
import {ClassId} from "../../../contracts/libraries/ClassId.sol";
import {INoteTree} from "../../../contracts/interfaces/INoteTree.sol";
import {NoteLog} from "../../../contracts/libraries/NoteLog.sol";
import {Built} from "./Built.sol";
import {TestBase} from "./TestBase.sol";

/// @notice A registry, trees of four leaves that this contract appends stakes to, and their true roots and steps.
/// Signers are the accounts of keys `KEY`, `KEY + 1`, `KEY + 2`.
abstract contract CheckpointFixture is TestBase {
    uint256 internal constant SUPPLY = 1_000_000e18;
    uint96 internal constant BOND = 1_000e18;
    uint256 internal constant REWARD_CAP = 40e18;
    uint256 internal constant KEY = 0x516e45;
    uint256 internal constant DEPTH = 20;
    uint256 internal constant FOREST_DEPTH = 12;
    uint256 internal constant CAPACITY = 4;
    bytes32 internal constant NETWORK = keccak256("pennypost-local");
    address internal constant REPORTER = address(0x4E9047E4);

    PostageToken internal token;
    NoteTree internal tree;
    CheckpointRegistry internal registry;
    bytes32[] internal trueRoots;

    ICheckpointRegistry.Step[] private _steps;
    mapping(uint256 tree => mapping(uint256 level => mapping(uint256 index => uint256 node))) private _nodes;
    mapping(uint256 level => uint256 node) private _empty;
    mapping(uint256 level => mapping(uint256 index => bytes32 node)) private _forest;
    mapping(uint256 level => bytes32 node) private _emptyForest;

    function setUp() public virtual {
        vm.warp(1_795_000_000);
        token = Built.newPostageToken(ALICE, SUPPLY);
        tree = Built.newNoteTree(OWNER, CAPACITY);
        registry = Built.newCheckpointRegistry(OWNER, token, tree, IPostage.Disposal.Burn, NETWORK, BOND, REWARD_CAP);
        vm.prank(OWNER);
        tree.addInserter(address(this), ClassId.STAKE);
        _setTerms("everyone");
        for (uint256 level = 0; level < DEPTH; level++) {
            _empty[level + 1] = PoseidonT3.hash([_empty[level], _empty[level]]);
        }
        _emptyForest[0] = bytes32(_empty[DEPTH]);
        for (uint256 level = 0; level < FOREST_DEPTH; level++) {
            _emptyForest[level + 1] = keccak256(abi.encode(_emptyForest[level], _emptyForest[level]));
        }
        trueRoots.push(_emptyForest[FOREST_DEPTH]);
    }

    function _signer(uint256 i) internal pure returns (address) {
        return vm.addr(KEY + i);
    }

    function _bond(address signer) internal {
        vm.prank(ALICE);
        token.transfer(signer, BOND);
        vm.prank(signer);
        token.approve(address(registry), BOND);
        vm.prank(signer);
        registry.deposit();
    }

    /// @notice Three bonded signers, two of which are enough.
    function _open() internal {
        address[] memory signers = new address[](3);
        for (uint256 i = 0; i < 3; i++) {
            signers[i] = _signer(i);
            _bond(signers[i]);
        }
        vm.prank(OWNER);
        registry.announce(signers, 2);
        registry.rotate();
    }

    /// @notice Terms with this floor, without classes and issuers, for one node.
    function _setTerms(string memory floor) internal {
        ICheckpointRegistry.Choice memory choice;
        (choice.floor, choice.defaultRule) = (floor, "stamp 1");
        (choice.requestBits, choice.checkpointSeconds) = (20, 300);
        choice.nodes = new ICheckpointRegistry.Node[](1);
        choice.nodes[0] = ICheckpointRegistry.Node("https://node.example", keccak256("a node's key"));
        vm.prank(OWNER);
        registry.setTerms(choice);
    }

    /// @notice What a header has for these signers.
    function _signersHash(
        address[] memory named,
        uint256 threshold,
        uint256 officeEndsAt
    ) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(named, threshold, officeEndsAt));
    }

    /// @notice What a header has for those in office.
    function _signersNow() internal view returns (bytes32) {
        return _signersHash(registry.signers(), registry.threshold(), registry.officeEndsAt());
    }

    function _append(uint256 commitment, uint256 limit) internal {
        uint256 classId = tree.classIdOf(address(this), 1);
        uint256 leafIndex = tree.append(commitment, 1, limit, 2_000_000_000);
        uint256 index = _steps.length;
        _log(INoteTree.Operation(index, NoteLog.APPEND, leafIndex, commitment, classId, limit, 2_000_000_000));
    }

    function _zero(uint256 leafIndex) internal {
        tree.zero(leafIndex);
        _log(INoteTree.Operation(_steps.length, NoteLog.ZERO, leafIndex, 0, 0, 0, 0));
    }

    function _step(uint256 i) internal view returns (ICheckpointRegistry.Step memory) {
        return _steps[i];
    }

    /// @notice The root of tree number `at`, as it is now.
    function _treeRoot(uint256 at) internal view returns (bytes32 root) {
        root = _forest[0][at];
        return root == 0 ? _emptyForest[0] : root;
    }

    /// @notice The root of all trees, where the first four are these.
    function _rootOf(bytes32[4] memory trees) internal view returns (bytes32 node) {
        bytes32 left = keccak256(abi.encode(trees[0], trees[1]));
        node = keccak256(abi.encode(left, keccak256(abi.encode(trees[2], trees[3]))));
        for (uint256 level = 2; level < FOREST_DEPTH; level++) {
            node = keccak256(abi.encode(node, _emptyForest[level]));
        }
    }

    /// @notice A true checkpoint of the log's first `operations`, with the roots of the last `count` of them: the first
    /// checkpoint, or the second.
    function _checkpoint(
        uint256 operations,
        uint256 count
    ) internal view returns (ICheckpointRegistry.Header memory header, bytes32[] memory roots) {
        if (count < operations) {
            header.previous = registry.digestOf(_previous(operations - count));
            header.sequence = 1;
        }
        header.sequence++;
        roots = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) roots[i] = trueRoots[operations - count + i + 1];
        header.networkId = NETWORK;
        header.chainId = block.chainid;
        header.blockNumber = block.number;
        header.noteTree = address(tree);
        header.registry = address(registry);
        header.operations = operations;
        header.logHash = tree.chainAt(operations);
        header.root = trueRoots[operations];
        header.rootsHash = keccak256(abi.encodePacked(roots));
        header.termsHash = registry.termsHash();
        header.leaksHash = keccak256("");
        header.signersHash = _signersNow();
        header.issuedAt = block.timestamp;
    }

    /// @notice The first checkpoint, which `_checkpoint` names as the one before if it is not that itself.
    function _previous(uint256 operations) internal view returns (ICheckpointRegistry.Header memory header) {
        (header, ) = _checkpoint(operations, operations);
    }

    /// @notice Signed by the first `count` signers.
    function _sign(
        ICheckpointRegistry.Header memory header,
        uint256 count
    ) internal view returns (ICheckpointRegistry.Signed memory signed) {
        bytes32 digest = registry.digestOf(header);
        // A copy: the test may go on changing its header.
        header = abi.decode(abi.encode(header), (ICheckpointRegistry.Header));
        signed = ICheckpointRegistry.Signed(header, new bytes[](count));
        for (uint256 i = 0; i < count; i++) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY + i, digest);
            signed.signatures[i] = abi.encodePacked(r, s, v);
        }
    }

    /// @notice The first `count` signers lost their bonds, the others did not; at least 95 % are burned.
    function _expectSlashed(uint256 count) internal view {
        for (uint256 i = 0; i < 3; i++) vm.assertEq(registry.bondOf(_signer(i)).amount, i < count ? 0 : BOND);
        vm.assertEq(registry.signers().length, 3 - count);
        vm.assertEq(token.balanceOf(REPORTER), count * REWARD_CAP);
        vm.assertEq(token.totalSupply(), SUPPLY - count * (BOND - REWARD_CAP));
        vm.assertEq(token.balanceOf(address(registry)), (3 - count) * BOND);
    }

    /// @notice A log of `length` operations drawn from `seed`: appends, some of them zeroed again.
    function _grow(uint256 seed, uint256 length) internal returns (uint256) {
        uint256 leaves = 0;
        uint256 zeroed = 0;
        for (uint256 i = 0; i < length; i++) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            if (zeroed < leaves && draw % 3 == 0) {
                _zero(zeroed++);
            } else {
                _append((draw >> 8) % FIELD_ORDER, 1 + ((draw >> 16) % 256));
                leaves++;
            }
        }
        return length;
    }

    function _expectError(bytes4 selector) internal {
        vm.expectRevert(abi.encodeWithSelector(selector));
    }

    function _log(INoteTree.Operation memory operation) private {
        (uint256 at, uint256 index) = (operation.leafIndex / CAPACITY, operation.leafIndex % CAPACITY);
        ICheckpointRegistry.Step storage step = _steps.push();
        step.operation = operation;
        step.leaf = _nodes[at][0][index];
        uint256 node = 0;
        if (operation.kind == NoteLog.APPEND) {
            node = PoseidonT5.hash([operation.commitment, operation.classId, operation.limit, operation.expiry]);
        }
        for (uint256 level = 0; level < DEPTH; level++) {
            _nodes[at][level][index] = node;
            uint256 sibling = _nodes[at][level][index ^ 1];
            if (sibling == 0) sibling = _empty[level];
            step.siblings[level] = sibling;
            node = index % 2 == 0 ? PoseidonT3.hash([node, sibling]) : PoseidonT3.hash([sibling, node]);
            index /= 2;
        }
        trueRoots.push(_plant(step, at, bytes32(node)));
    }

    /// @dev The root of all trees, where tree number `at` has this root.
    function _plant(ICheckpointRegistry.Step storage step, uint256 at, bytes32 node) private returns (bytes32) {
        for (uint256 level = 0; level < FOREST_DEPTH; level++) {
            _forest[level][at] = node;
            bytes32 sibling = _forest[level][at ^ 1];
            if (sibling == 0) sibling = _emptyForest[level];
            step.forest[level] = sibling;
            node = keccak256(at % 2 == 0 ? abi.encode(node, sibling) : abi.encode(sibling, node));
            at /= 2;
        }
        return node;
    }
}
