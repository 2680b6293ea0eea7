// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

/// @title The city's numbers
/// @notice Named parameters with a unit and bounds (a filing deadline in seconds, a limit in fen), so that every number
/// that rules depend on is public, and each change of it an event. The council adds and sets (`restricted`, after
/// its delay in Authority); anyone reads. The unit and the bounds of a name never change: for others, add a new
/// name. It holds no text, no addresses and no money.
///
/// Replacement: the council retires it, naming the successor that it has filled. Reading goes on for contracts
/// that were deployed with this address; no number here changes any more.
contract Parameters is AccessManaged {
    struct Parameter {
        bytes32 unit;
        uint64 value;
        uint64 min;
        uint64 max;
    }

    /// @notice Where the numbers are kept from now on; address(0) while they are kept here.
    address public successor;
    mapping(bytes32 name => Parameter) private _parameters;

    /// A name exists from now on. `name` and `unit` are ASCII of at most 31 bytes ("fen", "seconds").
    event ParameterAdded(bytes32 indexed name, bytes32 unit, uint64 value, uint64 min, uint64 max);
    /// The value changed.
    event ParameterSet(bytes32 indexed name, uint64 oldValue, uint64 newValue);
    /// Nothing here changes any more; the successor's numbers hold.
    event ParametersRetired(address indexed successor);

    /// No such name; remedy: add it first.
    error UnknownParameter(bytes32 name);
    /// A name keeps its unit and bounds; remedy: `set`, or another name.
    error ParameterExists(bytes32 name);
    /// A number without a unit can't be read rightly; remedy: name one ("count" where there is none).
    error UnitMissing(bytes32 name);
    /// Read models hold numbers below 2**63; remedy: a larger unit.
    error BoundTooLarge(bytes32 name, uint64 max);
    /// The value lies outside [min, max]; remedy: a value within.
    error OutOfBounds(bytes32 name, uint64 value, uint64 min, uint64 max);
    /// Retired; remedy: write to the successor.
    error Retired(address successor);
    /// A successor must be a contract; remedy: deploy it first.
    error SuccessorWithoutCode(address successor);

    constructor(address authority_) AccessManaged(authority_) {}

    modifier whileInUse() {
        if (successor != address(0)) revert Retired(successor);
        _;
    }

    /// @notice Adds a name with its unit, its first value and the bounds (inclusive) of every value that it may have.
    function add(bytes32 name, bytes32 unit, uint64 value, uint64 min, uint64 max) external restricted whileInUse {
        if (_parameters[name].unit != 0) revert ParameterExists(name);
        if (unit == 0) revert UnitMissing(name);
        if (max >= 2 ** 63) revert BoundTooLarge(name, max);
        if (value < min || value > max) revert OutOfBounds(name, value, min, max);
        _parameters[name] = Parameter(unit, value, min, max);
        emit ParameterAdded(name, unit, value, min, max);
    }

    /// @notice Changes the value of a name, within its bounds.
    function set(bytes32 name, uint64 value) external restricted whileInUse {
        Parameter storage parameter = _parameters[name];
        if (parameter.unit == 0) revert UnknownParameter(name);
        if (value < parameter.min || value > parameter.max) {
            revert OutOfBounds(name, value, parameter.min, parameter.max);
        }
        emit ParameterSet(name, parameter.value, value);
        parameter.value = value;
    }

    /// @notice Ends writing here, for good, in favour of `successor_`.
    function retire(address successor_) external restricted whileInUse {
        if (successor_.code.length == 0) revert SuccessorWithoutCode(successor_);
        successor = successor_;
        emit ParametersRetired(successor_);
    }

    /// @notice The value of a name, in its unit.
    function get(bytes32 name) external view returns (uint64 value) {
        Parameter storage parameter = _parameters[name];
        if (parameter.unit == 0) revert UnknownParameter(name);
        return parameter.value;
    }

    /// @notice A name with its unit and bounds.
    function describe(bytes32 name) external view returns (Parameter memory parameter) {
        parameter = _parameters[name];
        if (parameter.unit == 0) revert UnknownParameter(name);
    }
}
